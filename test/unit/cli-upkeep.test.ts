import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unlessUnsupported } from '../../host/cli/commands/info.js';
import { Exit, exitOf } from '../../host/cli/exit.js';
import { Event, Rc } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/emulated-terminal.js';
import { Rtc } from '../../host/emulator/rtc.js';
import { listenTcp } from '../../host/sim/tcp.js';
import { holdName } from '../../host/sim/running.js';
import { startTerminals, type StartedTerminals } from '../../host/sim/start-terminals.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { always, Device } from './smp-support.js';
import { matching, run, runHere, type Kept } from './cli-support.js';

let dir: string;
let sim: StartedTerminals;
let plan: string;
const boots: string[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
  sim = await startTerminals({ count: 2, dir });
  for (const { terminal, name } of sim.terminals) {
    terminal.onEvent = (code) => {
      if (code === Event.Boot) boots.push(name);
    };
  }
  plan = join(dir, 'plan.yaml');
  await writeFile(plan, 'terminals: { a: { serial: OB-SIM-0001 }, b: { serial: OB-SIM-0002 } }');
});
afterAll(async () => {
  await sim.close();
  await rm(dir, { recursive: true });
});

const octobind = (...args: string[]): Promise<Kept> => runHere(...args, '--dir', dir);
const one = ['-s', 'OB-SIM-0002'];

describe('info', () => {
  it('shows the SMP groups', async () => {
    const { document, lines } = await octobind('info', ...one);
    expect(document).toMatchObject({ serial: 'OB-SIM-0002', groups: [0, 2, 10, 65, 66, 67] });
    expect(lines.join('\n')).toContain('os (0), stat (2), enumeration (10), session (65), card (66), screen (67)');
  });

  it('is not refused by a terminal that cannot list them', async () => {
    const old = new Terminal(new Device(always({ rc: Rc.NotSupported })));
    expect(await old.groups().catch(unlessUnsupported)).toBeUndefined();
    await old.close();
  });
});

describe('clock', () => {
  const setAhead = (ms: number): void => sim.terminals[1]?.terminal.rtc.set(Date.now() + ms);

  it('shows how far the clock of a terminal is from ours', async () => {
    setAhead(-3 * 3_600_000);
    const { document, lines } = await octobind('clock', ...one);
    expect(document).toMatchObject({ serial: 'OB-SIM-0002', time: matching(/^\d{4}-\d\d-\d\dT.*Z$/) });
    const { aheadMs } = document as { aheadMs: number };
    expect(Math.abs(aheadMs + 3 * 3_600_000)).toBeLessThan(60_000);
    expect(lines.join('\n')).toContain('3 hours behind');
  });

  it('sets the clocks of a plan, of all, or of one', async () => {
    for (const chosen of [[plan], ['--all'], one]) {
      setAhead(86_400_000 * 5);
      expect((await octobind('clock', ...one)).lines.join('\n')).toContain('5 days ahead');
      const { document, exit } = await octobind('clock', 'set', ...chosen);
      expect(exit).toBe(Exit.Done);
      const { terminals = [document] } = document as { terminals?: unknown[] };
      const clock = terminals.at(-1) as { serial: string; aheadMs: number };
      expect(clock.serial).toBe('OB-SIM-0002');
      expect(Math.abs(clock.aheadMs)).toBeLessThan(60_000);
    }
    expect((await octobind('clock', plan)).document).toMatchObject({ summary: { read: 2 } });
  });

  it('says so if it was never set', async () => {
    const device = new EmulatedTerminal({ serial: 'OB-TEST-0001', rtc: new Rtc(Date.now, false) });
    device.powerOn();
    const endpoint = await listenTcp(device, 0);
    const { address } = endpoint;
    await expect(octobind('clock', '--port', address)).rejects.toThrow('clock is not set');
    expect((await octobind('clock', 'set', '--port', address)).document).toMatchObject({ serial: 'OB-TEST-0001' });
    expect((await octobind('clock', '--port', address)).lines.join('\n')).toContain('less than a second');
    await endpoint.close();
    device.powerOff();
  });
});

describe('reset', () => {
  it.each([
    ['one terminal', one, ['till-2']],
    ['the terminals of a plan', ['PLAN'], ['till-1', 'till-2']],
    ['all', ['--all'], ['till-1', 'till-2']],
  ])('restarts %s, and says when it replies again', async (_, chosen, restarted) => {
    boots.length = 0;
    const { document, lines, exit } = await octobind('reset', ...chosen.map((arg) => (arg === 'PLAN' ? plan : arg)));
    expect(boots.sort()).toEqual(restarted);
    expect(exit).toBe(Exit.Done);
    const { terminals = [document] } = document as { terminals?: unknown[] };
    expect(terminals).toMatchObject(restarted.map(() => ({ ms: expect.any(Number) as unknown })));
    expect(lines[0]).toMatch(/OB-SIM-000\d: restarted, and replies again after \d+\.\d s\.$/);
  });
});

describe('ping', () => {
  it('shows the time of each reply', async () => {
    const { document, lines } = await octobind('ping', ...one, '--count', '3');
    const time = expect.any(Number) as unknown;
    expect(document).toEqual({ port: sim.terminals[1]?.port, serial: 'OB-SIM-0002', ms: [time, time, time], lost: 0 });
    expect(lines).toEqual([
      ...[1, 2, 3].map((number) => matching(new RegExp(`^reply ${number}: \\d+\\.\\d ms$`))),
      matching(/^OB-SIM-0002 at \S+: 3 replies in \d+\.\d(?: to \d+\.\d)? ms$/),
    ]);
    expect((await octobind('ping', ...one)).lines).toEqual([matching(/: 1 reply in \d+\.\d ms$/)]);
  });

  it('ends with exit code 3 if there is no reply', async () => {
    const silent = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const error: unknown = await octobind('ping', '--port', `127.0.0.1:${port}`, '--timeout', '1').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'NOT_A_TERMINAL' });
    expect(exitOf(error)).toBe(Exit.NoLink);
    silent.close();
  });

  it('refuses a count of 0', async () => {
    expect((await run(['ping', '--count', '0'])).code).toBe(Exit.Usage);
  });
});

it.each([['clock'], ['clock', 'set'], ['reset'], ['ping']])(
  '%s %s does nothing at another terminal than is wanted',
  async (...command) => {
    const away = await mkdtemp(join(tmpdir(), 'octobind-'));
    const [first] = sim.terminals;
    if (!first) throw new Error('no terminal');
    const { terminal, port } = first;
    terminal.rtc.set(0);
    const held = await holdName(away, 'till-1');
    held.announce('OB-OTHER', port);
    boots.length = 0;
    await expect(runHere(...command, '-s', 'OB-OTHER', '--dir', away)).rejects.toMatchObject({
      code: 'WRONG_TERMINAL',
    });
    expect(boots).toEqual([]);
    expect(terminal.rtc.get()).toBeLessThan(60_000);
    held.release();
    await rm(away, { recursive: true });
  },
);
