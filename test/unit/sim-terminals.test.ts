import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KeySlot } from '../../assembly/protocol.js';
import {
  controlTerminal,
  openPty,
  runningTerminals,
  startTerminals,
  type StartedTerminals,
} from '../../host/sim/index.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { key } from '../support/keyed.js';
import { Loopback } from '../support/loopback.js';
import { startSim } from './cli-support.js';

let dir: string;
let fleets: StartedTerminals[];
let other: ChildProcess | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-fleet-'));
  fleets = [];
  other = undefined;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const fleet of fleets) await fleet.close();
  other?.kill('SIGKILL');
  rmSync(dir, { recursive: true });
});

async function start(count: number): Promise<StartedTerminals> {
  const fleet = await startTerminals({ count, dir });
  fleets.push(fleet);
  return fleet;
}

/** Starts a process that runs no terminal. Returns its number. */
async function stranger(): Promise<number> {
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
  await once(other, 'spawn');
  return other.pid ?? 0;
}

function leaveRunFile(pid: number): void {
  const run = { pid, name: 'till-1', serial: 'OB-SIM-0001', port: join(dir, 'till-1.tty') };
  writeFileSync(join(dir, 'till-1.run'), JSON.stringify(run));
}

describe('emulated terminals under a folder', () => {
  it('have their own names, serial numbers, ports and images, and are found while they run', async () => {
    const fleet = await start(2);
    const expected = [1, 2].map((n) => ({
      name: `till-${n}`,
      serial: `OB-SIM-000${n}`,
      port: join(dir, `till-${n}.tty`),
    }));
    expect(fleet.terminals).toMatchObject(expected);
    expect(await runningTerminals(dir)).toEqual(expected.map((entry) => ({ ...entry, pid: process.pid })));
    for (const { port, serial } of fleet.terminals) {
      const terminal = new Terminal(linkFromAddress(port));
      expect(await terminal.serial()).toBe(serial);
      await terminal.close();
    }
    await fleet.close();
    expect(await runningTerminals(dir)).toEqual([]);
    expect(readdirSync(dir).sort()).toEqual(['till-1.flash', 'till-2.flash']);
  });

  it('keep their cards from one run to the next', async () => {
    const bound: unknown[] = [];
    for (let run = 0; run < 2; run++) {
      const fleet = await start(1);
      const terminal = new Terminal(linkFromAddress(join(dir, 'till-1.tty')), { key });
      if (run === 0) await terminal.loadKey(key('OB-SIM-0001'), { inClear: 'OB-SIM-0001' });
      if (run === 0) await terminal.bind({ pan: '4242424242424242', name: 'ZHANG SAN' });
      bound.push(await terminal.list());
      await terminal.close();
      await fleet.close();
    }
    expect(bound[0]).toMatchObject({
      generation: 1,
      slots: [{ pan: '424242******4242' }, ...Array<null>(7).fill(null)],
    });
    expect(bound[1]).toEqual(bound[0]);
  });

  it('have key files of mode 0600, and do not start with a file that is not a key file', async () => {
    const path = join(dir, 'till-1.keys');
    const fleet = await start(1);
    fleet.terminals[0]?.terminal.keys.set(KeySlot.Root, Buffer.alloc(32, 1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await fleet.close();
    writeFileSync(path, 'let me in\n');
    await expect(start(1)).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect(await runningTerminals(dir)).toEqual([]);
  });

  it('refuse a second start, which names the process that runs them', async () => {
    await start(1);
    await expect(start(1)).rejects.toThrow(new RegExp(`till-1 .*process ${process.pid}.*\\(IMAGE_IN_USE\\)$`));
    expect(await runningTerminals(dir)).toHaveLength(1);
  });

  it('refuse a start while another process runs them, but not once it was killed', async () => {
    const { child } = await startSim('--dir', dir, '--virgin');
    other = child;
    await expect(start(1)).rejects.toThrow(new RegExp(`process ${child.pid}.*\\(IMAGE_IN_USE\\)$`));
    expect(await runningTerminals(dir)).toMatchObject([{ name: 'till-1', pid: child.pid }]);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(readdirSync(dir).sort()).toEqual(['till-1.ctl', 'till-1.flash', 'till-1.run', 'till-1.tty']);
    expect(await runningTerminals(dir)).toEqual([]);
    expect((await start(1)).terminals).toHaveLength(1);
    expect(await controlTerminal(dir, 'till-1', { action: 'power-off' })).toMatchObject({ changed: true });
  });

  it('can be started if a stranger got the number of the process that was killed', async () => {
    leaveRunFile(await stranger());
    expect(await runningTerminals(dir)).toEqual([]);
    expect((await start(1)).terminals).toHaveLength(1);
  });

  it('are not taken for a PTY that got the name of theirs after a kill; the next start removes such links', async () => {
    const loopback = new Loopback();
    const written = vi.spyOn(loopback, 'receive');
    const pty = await openPty(loopback);
    try {
      const link = join(dir, 'till-1.tty');
      symlinkSync(pty.address, link);
      leaveRunFile(process.pid);
      symlinkSync('till-1.tty', join(dir, 'mine'));
      for (const port of [link, join(dir, 'mine')]) {
        const terminal = new Terminal(linkFromAddress(port), { timeoutMs: 50, tries: 2 });
        await expect(terminal.serial()).rejects.toThrow(/no terminal behind .*was killed\. \(PORT_MISSING\)$/);
        await terminal.close();
      }
      expect(written).not.toHaveBeenCalled();
      writeFileSync(join(dir, 'till-1.ctl'), '');
      for (const name of ['till-1.tty', 'till-1.run', 'till-1.ctl'])
        renameSync(join(dir, name), join(dir, name.replace('1', '7')));
      await start(1);
      expect(readdirSync(dir).filter((name) => name.startsWith('till-7'))).toEqual([]);
    } finally {
      await pty.close();
    }
  });

  it('are not looked for at a PTY of another container, where the same path is another one', async () => {
    await start(1);
    const path = join(dir, 'till-1.run');
    const run = JSON.parse(readFileSync(path, 'utf8')) as { pts: number };
    writeFileSync(path, JSON.stringify({ ...run, pts: run.pts + 1 }));
    expect(await runningTerminals(dir)).toEqual([]);
    const terminal = new Terminal(linkFromAddress(join(dir, 'till-1.tty')));
    await expect(terminal.serial()).rejects.toThrow(/in another container\. \(PORT_MISSING\)$/);
  });

  it('leave files alone that are no `.run` file of theirs', async () => {
    writeFileSync(join(dir, 'driver.run'), '#!/bin/sh\n');
    await start(1);
    expect(readFileSync(join(dir, 'driver.run'), 'utf8')).toBe('#!/bin/sh\n');
  });

  it('are found from any folder', async () => {
    const { terminals } = await start(1);
    expect(isAbsolute(terminals[0]?.port ?? '')).toBe(true);
    const nearby = relative(process.cwd(), dir);
    const [found] = await runningTerminals(nearby);
    expect(found?.port).toBe(join(dir, 'till-1.tty'));
  });

  it('share a folder with nobody who cannot lock it, by what `flock` says', async () => {
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'flock'), '#!/bin/sh\necho "flock: 3: No locks available" >&2\nexit 71\n', { mode: 0o755 });
    vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
    await expect(start(1)).rejects.toThrow(/cannot be locked: flock: 3: No locks available.*\(UNSUPPORTED\)$/);
    vi.stubEnv('PATH', bin);
    rmSync(join(bin, 'flock'));
    await expect(start(1)).rejects.toThrow(
      /program `flock` is missing.*Install util-linux or BusyBox\. \(UNSUPPORTED\)$/,
    );
    vi.spyOn(process, 'platform', 'get').mockReturnValue('freebsd');
    await expect(start(1)).rejects.toThrow(
      /Nothing on this system \(freebsd\) .*lock.* Linux, macOS or Windows.*\(UNSUPPORTED\)$/,
    );
  });

  it('start at once when eight processes ask for them: one runs them', async () => {
    const asking = Array.from({ length: 8 }, () => startTerminals({ count: 1, dir }));
    const settled = await Promise.allSettled(asking);
    for (const one of settled) if (one.status === 'fulfilled') fleets.push(one.value);
    expect(fleets).toHaveLength(1);
  });

  it('can be started if a killed process had the number of this one, as in a container', async () => {
    leaveRunFile(process.pid);
    expect(await runningTerminals(dir)).toEqual([]);
    expect((await start(1)).terminals).toHaveLength(1);
  });

  it('can be started if their run file was cut short', async () => {
    writeFileSync(join(dir, 'till-1.run'), '{"pid":');
    expect((await start(1)).terminals).toHaveLength(1);
  });

  it('start all or none if one image has another size, which is left as it is', async () => {
    writeFileSync(join(dir, 'till-2.flash'), '');
    truncateSync(join(dir, 'till-2.flash'), 1000);
    await expect(start(3)).rejects.toMatchObject({ code: 'IMAGE_SIZE' });
    expect(readFileSync(join(dir, 'till-2.flash'))).toEqual(Buffer.alloc(1000));
    expect(await runningTerminals(dir)).toEqual([]);
    expect(readdirSync(dir).filter((name) => /\.(run|tty)$/.test(name))).toEqual([]);
  });

  it('can be switched off and on together, and keep their ports', async () => {
    const fleet = await start(2);
    fleet.powerOff();
    expect(fleet.terminals.map(({ terminal }) => terminal.isOn)).toEqual([false, false]);
    fleet.powerOn();
    expect(fleet.terminals.map(({ terminal }) => terminal.isOn)).toEqual([true, true]);
    const terminal = new Terminal(linkFromAddress(join(dir, 'till-2.tty')));
    expect(await terminal.serial()).toBe('OB-SIM-0002');
    await terminal.close();
  });
});
