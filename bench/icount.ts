// Counts the instructions that the board emcraft-sf2 takes, exactly: QEMU counts them, time is
// what they take, and nothing comes from outside while they run. What the host has to say is in
// the board's memory when it starts. It ends with a reset, at which QEMU stops.
import { spawn } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CardCommand, Group, Op, OsCommand, SessionCommand } from '../assembly/protocol.js';
import { checkValue } from '../host/crypto/key-derivation.js';
import { linkFromAddress, SmpClient } from '../host/index.js';
import { Handshake } from '../host/session/noise.js';
import * as sessionReplies from '../host/session/replies.js';
import { Session } from '../host/session/session.js';
import { QemuBoard } from '../host/sim/board/qemu-board.js';
import { encodeFrame } from '../host/smp/frame.js';
import { type Body, decodeBody, encodePacket } from '../host/smp/packet.js';
import { change, readReply } from '../host/terminal/replies.js';

const BOARD = 'emcraft-sf2';
const SERIAL = 'OB-BENCH';
const ENTROPY = Buffer.alloc(48, 0x5a);
/** No screen, no strap: device/qemu/identity.h. */
const NO_PANEL = Buffer.alloc(4);
const TMK = new Uint8Array(32).fill(0x42);
const PARTS = [new Uint8Array(32).fill(0x21), new Uint8Array(32).fill(0x42 ^ 0x21)];
const EPHEMERAL = new Uint8Array(32).fill(0x77);
const RESET = encodeFrame(
  encodePacket({ version: 1, op: Op.Write, group: Group.Os, sequence: 0, command: OsCommand.Reset }, {}),
);

/**
 * Instructions from the start to the first answer, of a board that holds a card, and of a bind.
 */
export async function boardInstructions(dir: string): Promise<{ boot: number; bind: number }> {
  const fresh = join(dir, 'fresh');
  const said = await conversation(fresh);
  // The same randomness makes the board answer as it did, so what the host said fits again.
  const until = (frames: readonly Uint8Array[]): Promise<number> =>
    instructions(dir, undefined, Buffer.concat([...frames, RESET]));
  const bind = (await until(said)) - (await until(said.slice(0, -1)));
  return { bind, boot: await instructions(dir, fresh, RESET) };
}

/**
 * What the host says to load a key and bind a card, frame by frame; the bind is the last. It is
 * the same each time. `flash` is the file in which the board leaves its flash.
 */
async function conversation(flash: string): Promise<Uint8Array[]> {
  const board = new QemuBoard({ board: BOARD, flash, serial: SERIAL, entropy: ENTROPY });
  await board.powerOn();
  const said: Uint8Array[] = [];
  const client = new SmpClient(linkFromAddress(board.address), {
    sequence: 0,
    timeoutMs: 30_000,
    watch: (from, bytes) => {
      if (from === 'host') said.push(Uint8Array.from(bytes));
    },
  });
  const ask = (command: SessionCommand, body: Body): Promise<Body> =>
    client.request({ op: Op.Write, group: Group.Session, command, body });
  for (const [index, key] of PARTS.entries()) await ask(SessionCommand.LoadPart, { part: index + 1, key });
  await ask(SessionCommand.Commit, { kcv: new Uint8Array(Buffer.from(checkValue(TMK), 'hex')) });
  const session = await open(ask);
  const header = { version: 1, op: Op.Write, group: Group.Card, sequence: 0, command: CardCommand.Bind };
  const card = { gen: null, pan: '4242424242424242', name: 'ADA LOVELACE', slot: 1 };
  const message = session.seal(encodePacket(header, card));
  const { n, d } = readReply(sessionReplies.message, await ask(SessionCommand.Message, { ...message }));
  const answer = session.open(n, d);
  if (!answer || !readReply(change, decodeBody(answer)).changed) throw new Error('the board does not bind');
  await client.close();
  await board.powerOff();
  return said;
}

async function open(ask: (command: SessionCommand, body: Body) => Promise<Body>): Promise<Session> {
  const prologue = Buffer.from(`octobind session 1${SERIAL}`);
  const handshake = new Handshake(prologue, TMK, undefined, Uint8Array.from(EPHEMERAL));
  const { s, d } = readReply(sessionReplies.open, await ask(SessionCommand.Open, { d: handshake.first() }));
  const ended = handshake.second(d);
  if (!ended) throw new Error('the board does not have the key');
  return new Session(s, ended.keys);
}

/** What QEMU says, in lines of JSON. */
interface Said {
  readonly event?: string;
  readonly return?: { readonly icount?: number };
}

/**
 * Instructions from the start until the board resets itself. `image` is the file of the flash to
 * begin with; an erased one if it is absent.
 */
async function instructions(dir: string, image: string | undefined, line: Uint8Array): Promise<number> {
  const [flash, identity] = [join(dir, 'flash'), join(dir, 'identity')];
  if (image === undefined) writeFileSync(flash, Buffer.alloc(16 * 1024 * 1024, 0xff));
  else copyFileSync(image, flash);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(line.length);
  const serial = Buffer.alloc(32);
  serial.write(SERIAL);
  writeFileSync(identity, Buffer.concat([ENTROPY, serial, NO_PANEL, length, line]));
  const qemu = spawn(
    'qemu-system-arm',
    [
      ...['-M', BOARD, '-display', 'none', '-qmp', 'stdio', '-serial', 'null', '-serial', 'null'],
      ...['-kernel', `build/boards/${BOARD}/terminal.elf`, '-drive', `if=mtd,format=raw,file=${flash}`],
      ...['-device', `loader,file=${identity},addr=0xa0000000,force-raw=on`],
      ...['-icount', `shift=0,sleep=off,rr=record,rrfile=${join(dir, 'rr')}`],
      ...['-action', 'reboot=shutdown,shutdown=pause', '-S'],
    ],
    // It takes a second; one that takes a minute never ends.
    { stdio: ['pipe', 'pipe', 'inherit'], signal: AbortSignal.timeout(60_000), killSignal: 'SIGKILL' },
  );
  try {
    return await new Promise((resolve, reject) => {
      qemu.once('error', reject);
      qemu.once('close', (code) => reject(new Error(`QEMU ended with ${String(code)}`)));
      // The board starts only once somebody listens: it may be done at once.
      qemu.stdin.write('{"execute":"qmp_capabilities"}\n{"execute":"cont"}\n');
      createInterface({ input: qemu.stdout }).on('line', (text) => {
        if (!text.startsWith('{')) return;
        const { event, return: answer } = JSON.parse(text) as Said;
        if (event === 'SHUTDOWN') qemu.stdin.write('{"execute":"query-replay"}\n');
        if (answer?.icount !== undefined) resolve(answer.icount);
      });
    });
  } finally {
    qemu.kill('SIGKILL');
    rmSync(flash);
  }
}
