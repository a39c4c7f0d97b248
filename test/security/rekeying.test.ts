import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Group, KeySlot, Op, SessionCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal, KeyStore } from '../../host/emulator/index.js';
import { KeyedRecord } from '../../host/fleet/keyed-record.js';
import { loadTerminals } from '../../host/fleet/load-keys.js';
import { checkValue, terminalKey } from '../../host/crypto/key-derivation.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { type Body, decodeBody, encodePacket } from '../../host/smp/packet.js';
import { exchange, exchangePacket } from '../support/exchange.js';
import { MASTER } from '../support/keyed.js';
import { answer, Device } from '../unit/smp-support.js';

// An attacker on the line knows the key of one terminal, and tries to have it loaded into another.

const OVER = Buffer.alloc(32, 0x6b);
const VICTIM = 'OB-VICTIM';
const KNOWN = 'OB-LEAKED';
const STATUS: number = SessionCommand.Status;
const SESSION: number = Group.Session;

function victim(master: Buffer): EmulatedTerminal {
  const keys = new KeyStore({ passwordRounds: 10 })
    .set(KeySlot.Root, Buffer.alloc(32, 0x33))
    .set(KeySlot.Master, terminalKey(master, VICTIM));
  const terminal = new EmulatedTerminal({ serial: VICTIM, keys });
  terminal.powerOn();
  return terminal;
}

/** A line that passes everything on. `lie` may change each status in clear; they count from 1. */
function lying(terminal: EmulatedTerminal, lie: (number: number, status: Body) => Body): Device {
  let statuses = 0;
  return new Device(({ header, body }, device) => {
    const packet = exchangePacket(terminal, encodePacket(header, body));
    if (!packet) return;
    const reply = decodeBody(packet);
    const isStatus = header.group === SESSION && header.command === STATUS;
    device.say(answer(header, isStatus ? lie(++statuses, reply) : reply));
  });
}

const LIES: [string, (number: number, status: Body) => Body][] = [
  ['the first status', (number, status) => (number === 1 ? { ...status, serial: KNOWN } : status)],
  [
    'the first status, and a wrong check value in the second',
    (number, status) => {
      if (number === 1) return { ...status, serial: KNOWN };
      return number === 2 ? { ...status, kcv: new Uint8Array(3) } : status;
    },
  ],
  [
    'the first two statuses',
    (number, status) => (number <= 2 ? { ...status, serial: KNOWN, kcv: new Uint8Array(3) } : status),
  ],
  ['every status', (_number, status) => ({ ...status, serial: KNOWN, kcv: new Uint8Array(3) })],
];

it.each(LIES.flatMap(([what, lie]) => [false, true].map((over) => ({ what, lie, over }))))(
  'a terminal keeps its key if the line gives another serial number in $what (under another master: $over)',
  async ({ lie, over }) => {
    const dir = await mkdtemp(join(tmpdir(), 'octobind-'));
    const record = new KeyedRecord(dir);
    const terminal = victim(over ? OVER : MASTER);
    const device = lying(terminal, lie);
    const [loaded] = await loadTerminals([{ port: 'port' }], {
      connect: (_port, key) => new Terminal(device, { key, deadlineMs: 2000, timeoutMs: 100 }),
      master: MASTER,
      over: over ? OVER : undefined,
      consent: { inClear: () => true, again: () => true },
      record,
    });
    expect(loaded?.error).toBeDefined();
    const { kcv } = exchange(terminal, Op.Read, Group.Session, SessionCommand.Status);
    const held = Buffer.from(kcv as Uint8Array).toString('hex');
    expect(held).toBe(checkValue(terminalKey(over ? OVER : MASTER, VICTIM)));
    expect(await readFile(join(dir, 'keyed.jsonl'), 'utf8')).not.toContain('proven');
    record.close();
    await rm(dir, { recursive: true });
  },
);
