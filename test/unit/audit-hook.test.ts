import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MenuUser, Role } from '../../assembly/protocol.js';
import { changesOf, type LoggedChange } from '../../host/audit/changes.js';
import { auditHook } from '../../host/audit/hook.js';
import { AuditLog, readAuditLog } from '../../host/audit/log.js';
import { type EmulatedLink, emulatedLink, EmulatedTerminal, KeyStore, Rtc } from '../../host/emulator/index.js';
import { onTerminals, Terminal } from '../../host/index.js';
import type { ChangeHook, TerminalChange } from '../../host/terminal/change-hook.js';
import { key, keyedTerminal, MASTER } from '../support/keyed.js';

const SERIAL = 'OB-AUDIT-1';
const PAN = '4242424242424242';
const OTHER = '5555555555554444';
const CARD = { pan: PAN, name: 'ZHANG SAN' };
const BUILT = join(import.meta.dirname, '../../build/host');

let dir: string;
let path: string;
let device: EmulatedTerminal;
let link: EmulatedLink;
const open: Terminal[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-audit-'));
  path = join(dir, 'audit.jsonl');
  device = keyedTerminal({ serial: SERIAL, rtc: new Rtc(() => 1e12) });
  device.powerOn();
  link = emulatedLink(device);
});
afterEach(async () => {
  for (const terminal of open.splice(0)) await terminal.close();
  rmSync(dir, { recursive: true });
});

const logged = (): ChangeHook => auditHook(new AuditLog(path), { command: 'test', port: 'here' });

/** A client of the terminal. The line has one at a time, so the one before is closed. */
async function connect(onChange = logged()): Promise<Terminal> {
  for (const terminal of open.splice(0)) await terminal.close();
  const terminal = new Terminal(link, { key, onChange, tries: 2, timeoutMs: 50, deadlineMs: 2000 });
  open.push(terminal);
  return terminal;
}

const changes = (): LoggedChange[] => changesOf(readAuditLog(path));
const lastEnd = (): LoggedChange['end'] => changes().at(-1)?.end;

describe('the log of a change', () => {
  it('has who changed what where, how it was before and after, masked, and what proves it', async () => {
    await (await connect()).bind({ ...CARD, role: Role.Settlement });
    const at = { user: userInfo().username, command: 'test', change: 'bind', serial: SERIAL, port: 'here' };
    const held = { pan: '424242******4242', role: 'settlement', name: 'Z**** S**' };
    expect(changes()).toMatchObject([
      {
        line: 1,
        begin: { ...at, proof: 'session', generation: 0, slots: [{ to: { pan: held.pan, role: 'settlement' } }] },
        end: {
          ...at,
          event: 'done',
          proof: 'session',
          changed: true,
          generation: 1,
          slots: [{ slot: 1, from: 'empty', to: held }],
        },
      },
    ]);
    expect(changes()[0]?.begin.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('has every kind of change, and no number, name, key or password in full', async () => {
    const terminal = await connect();
    await terminal.bind(CARD);
    await terminal.replace(['keep', { pan: OTHER, name: 'LI SI' }, null, null, null, null, null, null]);
    await terminal.unbind(1);
    await terminal.setPasswords({ operator: '604718', administrator: '70418263' });
    await terminal.setDatetime(new Date('2026-01-02T03:04:05Z'));
    await terminal.reset();
    await terminal.loadKey(Buffer.alloc(32, 0x17), { serial: SERIAL });
    const steps = changes().map(({ begin, end }) => [begin.change, end?.event, end?.proof, end?.slots?.length]);
    expect(steps).toEqual([
      ['bind', 'done', 'session', 1],
      ['replace', 'done', 'session', 1],
      ['unbind', 'done', 'session', 1],
      ['setPasswords', 'done', 'session', undefined],
      ['setDatetime', 'done', 'none', undefined],
      ['reset', 'done', 'none', undefined],
      ['loadKey', 'done', 'session', undefined],
    ]);
    expect(readAuditLog(path).broken).toBeUndefined();
    const text = readFileSync(path, 'latin1');
    for (const secret of [PAN, OTHER, 'ZHANG', 'secret', '17'.repeat(32)]) expect(text).not.toContain(secret);
  });

  it('has what a format removed', async () => {
    await (await connect()).bind(CARD);
    await (await connect()).format();
    expect(lastEnd()).toMatchObject({
      change: 'format',
      slots: [{ slot: 1, from: { pan: '424242******4242' }, to: 'empty' }],
    });
  });

  it('has the first key of a terminal, which was sent in clear', async () => {
    device = new EmulatedTerminal({ serial: SERIAL, keys: new KeyStore({ passwordRounds: 10 }) });
    device.powerOn();
    link = emulatedLink(device);
    const { checkValue } = await (await connect()).loadKey(key(SERIAL), { inClear: SERIAL });
    expect(changes()).toMatchObject([
      { begin: { proof: 'none', key: { from: null } }, end: { proof: 'session', key: { from: null, to: checkValue } } },
    ]);
    await (await connect()).loadKey(key(SERIAL), { inClear: SERIAL });
    expect(changes()).toHaveLength(1);
  });

  it('says that nothing changed, that the terminal refused, or that nobody knows', async () => {
    await (await connect()).bind(CARD);
    await (await connect()).bind(CARD, null);
    expect(lastEnd()).toMatchObject({ event: 'done', changed: false, generation: 1 });
    await expect((await connect()).bind({ ...CARD, slot: 2 })).rejects.toThrow(/REFUSED/);
    expect(lastEnd()).toMatchObject({ event: 'failed', error: { code: 'REFUSED', refusal: 'DuplicateCard' } });
    const log = logged();
    const cut = await connect(async (change) => {
      const end = await log(change);
      link.unplug();
      return end;
    });
    await expect(cut.unbind(1)).rejects.toThrow();
    expect(lastEnd()).toMatchObject({ event: 'unknown', change: 'unbind' });
    expect(lastEnd()?.error?.code).toMatch(/^LINK|PORT/);
  });

  it('has the name of a terminal in a plan', async () => {
    const log = new AuditLog(path);
    const wanted = [{ name: 'till-7', port: 'here' }];
    const reach = {
      connect: (port: string, of: typeof key, name?: string) =>
        new Terminal(link, { key: of, onChange: auditHook(log, { command: 'apply', port, name }) }),
    };
    const outcomes = await onTerminals(wanted, key, {}, reach as never, async (terminal) => {
      await terminal.bind(CARD);
    });
    expect(outcomes[0]?.error).toBeUndefined();
    expect(changes()).toMatchObject([{ begin: { name: 'till-7' }, end: { name: 'till-7' } }]);
  });
});

describe('a log that cannot be written', () => {
  it.each<[string, (terminal: Terminal) => Promise<unknown>]>([
    ['bind', (terminal) => terminal.bind(CARD)],
    ['unbind', (terminal) => terminal.unbind(1)],
    ['replace', (terminal) => terminal.replace([CARD, null, null, null, null, null, null, null])],
    ['format', (terminal) => terminal.format()],
    ['loadKey', (terminal) => terminal.loadKey(Buffer.alloc(32, 9), { serial: SERIAL })],
    ['setPasswords', (terminal) => terminal.setPasswords({ operator: '111111', administrator: '222222' })],
    ['setDatetime', (terminal) => terminal.setDatetime(new Date())],
    ['reset', (terminal) => terminal.reset()],
  ])('leaves the terminal as it was: %s', async (_, change) => {
    await (await connect()).bind({ pan: OTHER, name: 'LI SI' });
    rmSync(path);
    mkdirSync(path);
    const { programs, erases } = device.nor;
    const before = { programs, erases: [...erases], durable: device.keys.durable(), time: device.rtc.get() };
    const { memory } = device;
    await expect(change(await connect())).rejects.toThrow(/\(AUDIT_LOG\)$/);
    expect({
      programs: device.nor.programs,
      erases: device.nor.erases,
      durable: device.keys.durable(),
      time: device.rtc.get(),
    }).toEqual(before);
    // A restart makes another memory.
    expect(device.memory).toBe(memory);
  });

  it('fails loudly if that shows only after the change', async () => {
    const log = logged();
    const terminal = await connect(async (change) => {
      const end = await log(change);
      rmSync(path);
      mkdirSync(path);
      return end;
    });
    await expect(terminal.bind(CARD)).rejects.toThrow(/OB-AUDIT-1 \(bind\) was made.*\(AUDIT_INCOMPLETE\)$/);
    expect((await terminal.list()).slots[0]).toMatchObject({ pan: '424242******4242' });
    rmSync(path, { recursive: true });
    await expect(terminal.bind({ ...CARD, slot: 2 })).rejects.toThrow(/failed: .*REFUSED.*\(AUDIT_INCOMPLETE\)$/);
  });
});

it('a process that dies between begin and end leaves a change of unknown outcome', async () => {
  const program = `
    import { startKeyedTerminal } from ${JSON.stringify(`${BUILT}/testing/index.js`)};
    import { auditHook, AuditLog, Terminal, terminalKey } from ${JSON.stringify(`${BUILT}/index.js`)};
    const { link } = startKeyedTerminal({ serial: '${SERIAL}' });
    const log = auditHook(new AuditLog(process.argv[1]), { command: 'test' });
    const onChange = async (change) => {
      await log(change);
      process.kill(process.pid, 'SIGKILL');
      await new Promise(() => undefined);
    };
    const key = (serial) => terminalKey(new Uint8Array(32).fill(0x5a), serial);
    await new Terminal(link, { key, onChange }).bind(${JSON.stringify(CARD)});`;
  const { signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program, path], {
    encoding: 'utf8',
  });
  expect([signal, stderr]).toEqual(['SIGKILL', '']);
  expect(changes()).toMatchObject([{ begin: { change: 'bind', serial: SERIAL } }]);
  expect(lastEnd()).toBeUndefined();
  await (await connect()).bind(CARD);
  expect(readAuditLog(path).broken).toBeUndefined();
  expect(changes().map(({ end }) => end?.event)).toEqual([undefined, 'done']);
});

describe('the hook', () => {
  const CHANGING: Record<string, (terminal: Terminal) => Promise<unknown>> = {
    bind: (terminal) => terminal.bind(CARD),
    unbind: (terminal) => terminal.unbind(1),
    replace: (terminal) => terminal.replace([null, null, null, null, null, null, null, null]),
    format: (terminal) => terminal.format(),
    setPasswords: (terminal) => terminal.setPasswords({ operator: '111111', administrator: '222222' }),
    setDatetime: (terminal) => terminal.setDatetime(new Date()),
    reset: (terminal) => terminal.reset(),
    setPolicy: (terminal) => terminal.setPolicy({}),
    loadKey: (terminal) => terminal.loadKey(MASTER, { serial: SERIAL }),
  };
  const READING: Record<string, (terminal: Terminal) => Promise<unknown>> = {
    echo: (terminal) => terminal.echo('a'),
    params: (terminal) => terminal.params(),
    info: (terminal) => terminal.info(),
    uname: (terminal) => terminal.uname(),
    policy: (terminal) => terminal.policy(),
    serial: (terminal) => terminal.serial(),
    datetime: (terminal) => terminal.datetime().catch(() => undefined),
    bootloader: (terminal) => terminal.bootloader(),
    groups: (terminal) => terminal.groups(),
    stats: (terminal) => terminal.stats('link'),
    statGroups: (terminal) => terminal.statGroups(),
    selfTest: (terminal) => terminal.selfTest(),
    list: (terminal) => terminal.list(),
    verify: (terminal) => terminal.verify(Buffer.alloc(16)),
    status: (terminal) => terminal.status(),
    readScreen: (terminal) => terminal.readScreen().catch(() => undefined),
    // Of a development terminal alone, and a log of keys would have numbers in it.
    press: (terminal) => terminal.press('Menu').catch(() => undefined),
    unlock: (terminal) => terminal.unlock(MenuUser.Operator, '111111').catch(() => undefined),
    close: (terminal) => terminal.close(),
  };

  it('hears of every method of Terminal that changes the terminal, and of no other', async () => {
    const methods = Object.getOwnPropertyNames(Terminal.prototype).filter((name) => name !== 'constructor');
    expect(methods.toSorted()).toEqual([...Object.keys(CHANGING), ...Object.keys(READING)].toSorted());
    for (const [name, call] of Object.entries({ ...READING, ...CHANGING })) {
      const heard: TerminalChange[] = [];
      const terminal = await connect((change) => {
        heard.push(change);
        return Promise.reject(new Error('stop'));
      });
      const isChange = name in CHANGING;
      await (isChange ? expect(call(terminal)).rejects.toThrow('stop') : call(terminal));
      expect(heard.map(({ method, serial }) => [method, serial])).toEqual(isChange ? [[name, SERIAL]] : []);
      await terminal.close();
    }
  });
});
