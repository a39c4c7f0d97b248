import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeySlot } from '../../assembly/protocol.js';
import { runningTerminals, startTerminals, type StartedTerminals } from '../../host/sim/index.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { key } from '../support/keyed.js';

let dir: string;
let fleets: StartedTerminals[];
let other: ChildProcess | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-fleet-'));
  fleets = [];
  other = undefined;
});
afterEach(async () => {
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

  it('refuse a start while another process runs them', async () => {
    const pid = await stranger();
    leaveRunFile(pid);
    await expect(start(1)).rejects.toThrow(new RegExp(`process ${pid}.*\\(IMAGE_IN_USE\\)$`));
    expect(existsSync(join(dir, 'till-1.run'))).toBe(true);
  });

  it('can be started once the process that ran them was killed', async () => {
    const pid = await stranger();
    leaveRunFile(pid);
    other?.kill('SIGKILL');
    if (other?.exitCode === null && other.signalCode === null) await once(other, 'exit');
    expect(await runningTerminals(dir)).toEqual([]);
    expect((await start(1)).terminals).toHaveLength(1);
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
