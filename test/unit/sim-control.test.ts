import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeySlot, ResetCause } from '../../assembly/protocol.js';
import type { EmulatedTerminal } from '../../host/emulator/index.js';
import { linkFromAddress, Terminal, type TerminalOptions } from '../../host/index.js';
import { controlTerminal, startTerminals, type StartOptions } from '../../host/sim/index.js';
import { key } from '../support/keyed.js';
import { containing, matching, run } from './cli-support.js';

const NAME = 'till-1';
const VISA = { pan: '4242424242424242', name: 'ZHANG SAN' };

/** A request that is tried once, and soon given up. */
const ONCE = { timeoutMs: 50, tries: 1 };

let dir: string;
let closers: (() => unknown)[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-control-'));
  closers = [];
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true });
});

async function start(options: Partial<StartOptions> = {}): Promise<EmulatedTerminal> {
  const fleet = await startTerminals({ count: 1, dir, ...options });
  closers.push(() => fleet.close());
  const [first] = fleet.terminals;
  if (!first) throw new Error('nothing was started');
  return first.terminal;
}

const act = (action: Parameters<typeof controlTerminal>[2]['action'], bytes?: number) =>
  controlTerminal(dir, NAME, { action, ...(bytes !== undefined && { bytes }) });

function host(port = join(dir, `${NAME}.tty`), options: TerminalOptions = {}): Terminal {
  const terminal = new Terminal(linkFromAddress(port), { key, ...options });
  closers.push(() => terminal.close());
  return terminal;
}

async function keyedHost(): Promise<Terminal> {
  const terminal = host();
  await terminal.loadKey(key('OB-SIM-0001'), { inClear: 'OB-SIM-0001' });
  return terminal;
}

/** Any program that uses the socket. */
async function client(): Promise<{ socket: Socket; ask: (line: string) => Promise<unknown> }> {
  const socket = connect(join(dir, `${NAME}.ctl`));
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  const lines = createInterface({ input: socket });
  return {
    socket,
    async ask(line) {
      socket.write(`${line}\n`);
      const [reply] = (await once(lines, 'line')) as [string];
      return JSON.parse(reply) as unknown;
    },
  };
}

describe('power', () => {
  it('stays off until it is switched on, and a second time changes nothing', async () => {
    const terminal = await start();
    expect(await act('power-off')).toEqual({
      terminal: NAME,
      action: 'power-off',
      changed: true,
      power: 'off',
      line: 'plugged',
    });
    expect(terminal.isOn).toBe(false);
    expect(await act('power-off')).toMatchObject({ changed: false, power: 'off' });
    expect(await act('power-cut')).toMatchObject({ changed: false, power: 'off' });
    expect(await act('power-on')).toMatchObject({ changed: true, power: 'on' });
    expect(await act('power-on')).toMatchObject({ changed: false, power: 'on' });
    expect(await host().serial()).toBe('OB-SIM-0001');
  });

  it('is back at once after a cut: the session is lost, and the table is not', async () => {
    await start();
    const terminal = await keyedHost();
    await terminal.bind(VISA);
    const before = await terminal.list();
    const { opened } = await terminal.stats('session');
    expect(opened).toBeGreaterThan(0);
    expect(await act('power-cut')).toMatchObject({ changed: true, power: 'on' });
    expect(await terminal.stats('session')).toMatchObject({ opened: 0 });
    expect(await terminal.stats('boot')).toMatchObject({ cause: ResetCause.Power });
    expect(await terminal.list()).toEqual(before);
  });

  it('is cut in the middle of a program, after so many bytes, and comes back by itself', async () => {
    const device = await start();
    const terminal = await keyedHost();
    const flash = device.nor.snapshot();
    expect(await act('power-cut', 20)).toMatchObject({ changed: true, power: 'on' });
    const left: Buffer[] = [];
    device.onPowerCut = ((after) => () => {
      left.push(Buffer.from(device.nor.snapshot()));
      after?.();
    })(device.onPowerCut);
    expect(await terminal.bind(VISA)).toMatchObject({ changed: true });
    expect(left).toHaveLength(1);
    const changed = [...(left[0] ?? [])].flatMap((byte, at) => (byte === flash[at] ? [] : [at]));
    expect(changed.length).toBeGreaterThan(0);
    expect(Math.max(...changed) - Math.min(...changed)).toBeLessThan(20);
    expect(await terminal.stats('boot')).toMatchObject({ cause: ResetCause.Power, failures: 0 });
  });
});

describe('the line', () => {
  it('of a PTY is gone until it is plugged in again, while the terminal stays on', async () => {
    const device = await start();
    expect(await act('unplug')).toMatchObject({ changed: true, power: 'on', line: 'unplugged' });
    expect(existsSync(join(dir, `${NAME}.tty`))).toBe(false);
    await expect(host().serial()).rejects.toThrow(/\(PORT_MISSING\)$/);
    expect(await act('unplug')).toMatchObject({ changed: false });
    expect(await act('plug')).toMatchObject({ changed: true, line: 'plugged' });
    expect(await act('plug')).toMatchObject({ changed: false, line: 'plugged' });
    expect(await host().serial()).toBe('OB-SIM-0001');
    expect(device.isOn).toBe(true);
  });

  it('of TCP is gone until it is plugged in again', async () => {
    const tcp = 20_000 + (process.pid % 12_000);
    await start({ tcp });
    const socket = connect(tcp, '127.0.0.1');
    await once(socket, 'connect');
    const gone = once(socket, 'close');
    expect(await act('unplug')).toMatchObject({ changed: true, line: 'unplugged' });
    await gone;
    await expect(host(`tcp://127.0.0.1:${tcp}`, ONCE).serial()).rejects.toThrow();
    expect(await act('plug')).toMatchObject({ changed: true });
    expect(await host(`tcp://127.0.0.1:${tcp}`).serial()).toBe('OB-SIM-0001');
  });

  it('that a fault pulled stays out if it is unplugged too, and comes back at once if it is plugged in', async () => {
    await start({ faults: { seed: 1, faults: [{ kind: 'unplug', direction: 'to-terminal', every: 1, ms: 60_000 }] } });
    const pull = async (): Promise<void> => {
      await expect(host(undefined, ONCE).serial()).rejects.toThrow();
      await expect.poll(() => existsSync(join(dir, `${NAME}.tty`))).toBe(false);
    };
    await pull();
    expect(await act('plug')).toMatchObject({ changed: true, line: 'plugged' });
    await pull();
    expect(await act('unplug')).toMatchObject({ changed: false, line: 'unplugged' });
    expect(await act('plug')).toMatchObject({ changed: true });
  });
});

describe('the case', () => {
  it('is opened: keys and cards are gone, once', async () => {
    const device = await start();
    await keyedHost();
    expect(device.keys.has(KeySlot.Master)).toBe(true);
    expect(await act('tamper')).toMatchObject({ changed: true, power: 'on' });
    expect(device.keys.has(KeySlot.Master)).toBe(false);
    expect(await act('tamper')).toMatchObject({ changed: false });
  });

  it('can be opened without power, which stays off', async () => {
    const device = await start();
    await keyedHost();
    await act('power-off');
    expect(await act('tamper')).toMatchObject({ changed: true, power: 'off' });
    expect([device.isOn, device.keys.has(KeySlot.Master)]).toEqual([false, false]);
  });
});

describe('the socket', () => {
  it("is its owner's alone, and gone with the terminal", async () => {
    const umask = process.umask(0);
    closers.push(() => process.umask(umask));
    await start();
    expect(statSync(join(dir, `${NAME}.ctl`)).mode & 0o777).toBe(0o600);
    await closers.pop()?.();
    expect(readdirSync(dir)).toEqual([`${NAME}.flash`]);
  });

  it('serves several programs at once, line by line, and replies to a last line without an end', async () => {
    const device = await start();
    const [one, two] = [await client(), await client()];
    expect(await one.ask('{"action":"power-off"}')).toMatchObject({ ok: true, changed: true });
    expect(await two.ask('{"action":"power-off"}')).toMatchObject({ ok: true, changed: false });
    two.socket.end('{"action":"power-on"}');
    await once(two.socket, 'close');
    expect(device.isOn).toBe(true);
    expect(await one.ask('\n{"action":"power-on"}')).toMatchObject({ ok: true, changed: false });
  });

  it.each([
    ['power-off', /"power-off"\}\. The actions are power-cut, power-off, power-on, unplug, plug, tamper\.$/],
    ['{"action":"explode"}', /The actions are power-cut,/],
    ['null', /The actions are power-cut,/],
    ['{"action":"tamper","bytes":1}', /an action alone; with power-cut, .*whole number from 0\.$/],
    ['{"action":"power-cut","bytes":-1}', /whole number from 0/],
    ['{"action":"power-off","now":true}', /an action alone/],
  ])('refuses %s, says what it takes, and goes on', async (line, message) => {
    const device = await start();
    const { ask } = await client();
    expect(await ask(line)).toEqual({ ok: false, error: { code: 'USAGE', message: matching(message) } });
    expect(device.isOn).toBe(true);
    expect(await ask('{"action":"plug"}')).toMatchObject({ ok: true, changed: false });
  });

  it('hangs up on a program that sends no line', async () => {
    await start();
    const { socket } = await client();
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.write('a'.repeat(100_000));
    await closed;
    expect(await act('plug')).toMatchObject({ changed: false });
  });

  it('takes the place of one that a killed process left', async () => {
    writeFileSync(join(dir, `${NAME}.ctl`), 'left over');
    const told: string[] = [];
    await start({ onDiskError: (_, message) => told.push(message) });
    expect(told).toEqual([]);
    expect(await act('plug')).toMatchObject({ changed: false });
  });

  it('is missing if its place cannot be taken, which is told; the terminal runs all the same', async () => {
    mkdirSync(join(dir, `${NAME}.ctl`));
    const told: string[] = [];
    await start({ onDiskError: (_, message) => told.push(message) });
    expect(told).toEqual([matching(/^The socket .*till-1\.ctl cannot be made: EISDIR\. No program /)]);
    expect(await host().serial()).toBe('OB-SIM-0001');
    rmSync(join(dir, `${NAME}.ctl`), { recursive: true });
    await expect(act('plug')).rejects.toThrow(/^till-1 has no socket .*\(UNSUPPORTED\)$/);
  });

  it('has a path of 107 bytes at most: from a folder nearby, it can be longer', async () => {
    const outer = dir;
    dir = join(dir, 'd'.repeat(60), 'd'.repeat(60));
    mkdirSync(dir, { recursive: true });
    const told: string[] = [];
    await start({ onDiskError: (_, message) => told.push(message) });
    expect(told).toEqual([matching(/^The socket .* cannot be made: The path .* is too long for a socket: /)]);
    await expect(act('plug')).rejects.toThrow(/is too long .* Use a folder with a shorter path.*\(USAGE\)$/);
    await closers.pop()?.();
    const cwd = process.cwd();
    process.chdir(dir);
    closers.push(() => {
      process.chdir(cwd);
      dir = outer;
    });
    await start();
    expect(await act('power-off')).toMatchObject({ changed: true });
  });

  it('is told as unusable if nobody listens', async () => {
    await start();
    rmSync(join(dir, `${NAME}.ctl`));
    writeFileSync(join(dir, `${NAME}.ctl`), '');
    await expect(act('plug')).rejects.toThrow(/The socket .* cannot be used: ECONNREFUSED\. \(LINK_FAILED\)$/);
  });
});

describe('octobind sim ctl', () => {
  const ctl = (...args: string[]): ReturnType<typeof run> => run(['--dir', dir, 'sim', 'ctl', ...args]);

  it('acts on a terminal by name or serial number, and says what happened', async () => {
    const device = await start();
    expect(await ctl(NAME, 'power-off')).toEqual({ code: 0, stdout: 'till-1 is off.\n', stderr: '' });
    expect(device.isOn).toBe(false);
    const { code, stdout } = await ctl('OB-SIM-0001', 'power-off', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ terminal: NAME, action: 'power-off', changed: false, power: 'off' });
  });

  it('names what there is, if it does not know a terminal or an action', async () => {
    await start({ count: 2 });
    expect(await ctl('till-9', 'power-off')).toMatchObject({
      code: 3,
      stderr: matching(/No terminal till-9 is emulated under .*\. There are: till-1, till-2\. .*\(NO_TERMINAL\)/),
    });
    expect(await ctl(NAME, 'explode')).toMatchObject({
      code: 2,
      stderr: containing('power-cut, power-off, power-on, unplug, plug, tamper'),
    });
  });
});
