import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { generateMasterKey, LifeCycle, linkFromAddress, Terminal } from '../../host/index.js';
import { containing, onScreen, run, type Run, type Sim, startSim } from './cli-support.js';

const SERIAL = 'OB-SIM-0001';
const FIRST = 'Type the serial number to send the components';
const SECOND = 'Type the serial number once more';

let dir: string;
let sim: Sim | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octobind-'));
});
afterEach(async () => {
  await stop();
  await rm(dir, { recursive: true });
});

async function stop(): Promise<void> {
  await sim?.stop();
  sim = undefined;
}

const start = async (...args: string[]): Promise<void> => {
  sim = await startSim('--dir', dir, ...args);
};
const octobind = (...args: string[]): Promise<Run> => run(['--dir', dir, '--json', ...args]);
const load = (...args: string[]): Promise<Run> => octobind('keys', 'load', ...args);
const refused = (text: string) => ({ code: 1, stdout: containing(text) });

async function state(): Promise<LifeCycle> {
  const terminal = new Terminal(linkFromAddress(join(dir, 'till-1.tty')));
  try {
    return (await terminal.status()).lifeCycle;
  } finally {
    await terminal.close();
  }
}

/**
 * Starts `sim` without the files of its terminal, as if it had a new one with the same serial
 * number.
 */
async function begin(...args: string[]): Promise<void> {
  await stop();
  for (const name of ['till-1.keys', 'till-1.flash']) await rm(join(dir, name), { force: true });
  await start(...args);
}

describe('a program that loads a terminal', () => {
  it('names it by --in-clear, and by --again too if it was loaded before', async () => {
    await begin('--virgin');
    generateMasterKey(dir);
    expect(await load()).toMatchObject(refused('--in-clear'));
    expect(await load('--in-clear', 'OB-SIM-0002')).toMatchObject(refused('CONSENT_MISSING'));
    expect(await load('--all')).toMatchObject(refused('CONSENT_MISSING'));
    expect(await state()).toBe(LifeCycle.Virgin);
    expect((await load('--in-clear', 'OB-SIM-0002', SERIAL)).code).toBe(0);
    expect(await state()).toBe(LifeCycle.Keyed);
    expect((await stat(join(dir, 'keyed.jsonl'))).mode & 0o777).toBe(0o600);

    await begin('--virgin');
    expect(await load('--in-clear', SERIAL)).toMatchObject(refused('--again'));
    expect(await load('--again', SERIAL)).toMatchObject(refused('CONSENT_MISSING'));
    expect(await state()).toBe(LifeCycle.Virgin);
    expect((await load('--all', '--in-clear', SERIAL, '--again', SERIAL)).code).toBe(0);
    expect(await state()).toBe(LifeCycle.Keyed);
  });

  it('sends nothing in clear with --over, even if the terminal was never loaded', async () => {
    await begin('--virgin');
    generateMasterKey(dir);
    const other = join(dir, 'other');
    generateMasterKey(other);
    expect(await load('--keys', other, '--over', dir)).toMatchObject(refused('With --over'));
    expect(await state()).toBe(LifeCycle.Virgin);
  });

  it('sends nothing if it cannot use the record', async () => {
    await begin('--virgin');
    generateMasterKey(dir);
    await writeFile(join(dir, 'keyed.jsonl'), '', { mode: 0o644 });
    expect(await load('--in-clear', SERIAL)).toMatchObject({ code: 2, stdout: containing('KEY_RECORD') });
    expect(await state()).toBe(LifeCycle.Virgin);
  });
});

describe('a person who loads a terminal', () => {
  const typed = (...keys: string[]) =>
    onScreen(
      [FIRST, SECOND].flatMap((question, i) => (keys[i] === undefined ? [] : [[question, keys[i]] as const])),
      ['keys', 'load', '--dir', dir],
    );

  it('is warned and types the serial number, and types it twice if it was loaded before', async () => {
    await begin('--virgin');
    generateMasterKey(dir);
    for (const keys of ['ob-sim-0001\r', '\u0004']) {
      const { code, screen } = await typed(keys);
      expect(code).toBe(1);
      expect(screen).toContain('cross this line in clear');
      expect(screen).toContain('CONSENT_MISSING');
    }
    expect(await state()).toBe(LifeCycle.Virgin);
    const first = await typed(`${SERIAL}\r`);
    expect(first).toMatchObject({ code: 0, screen: containing('loaded') });
    expect(first.screen).not.toContain(SECOND);
    expect(await state()).toBe(LifeCycle.Keyed);

    await begin('--virgin');
    const stopped = await typed(`${SERIAL}\r`, '\r');
    expect(stopped).toMatchObject({ code: 1, screen: containing('tampered with') });
    expect(await state()).toBe(LifeCycle.Virgin);
    expect((await typed(`${SERIAL}\r`, `${SERIAL}\r`)).code).toBe(0);
    expect(await state()).toBe(LifeCycle.Keyed);
  });

  it('can leave with Ctrl-C, and then nothing is sent', async () => {
    await begin('--virgin');
    generateMasterKey(dir);
    expect((await typed('\u0003')).code).toBe(130);
    expect(await state()).toBe(LifeCycle.Virgin);
    expect(await readFile(join(dir, 'keyed.jsonl'), 'utf8')).toBe('');
  });

  it('is asked about one terminal after the other', async () => {
    await begin('--virgin', '--terminals', '2');
    generateMasterKey(dir);
    const named = (screen: string): string => `${/.*only pretends to be ([^,]+),/s.exec(screen)?.[1] ?? ''}\r`;
    const { code, screen } = await onScreen(
      [
        [FIRST, named],
        [FIRST, named],
      ],
      ['keys', 'load', '--all', '--dir', dir],
    );
    expect(code).toBe(0);
    expect(screen.match(/only pretends to be/g)).toHaveLength(2);
    expect(JSON.parse((await load('--all')).stdout)).toMatchObject({
      terminals: [{ changed: false }, { changed: false }],
    });
  });
});

describe('sim', () => {
  it('loads its terminals by itself, also after their images are gone, and records them', async () => {
    for (let round = 1; round <= 2; round++) {
      await begin();
      expect(await state()).toBe(LifeCycle.Keyed);
      const record = await readFile(join(dir, 'keyed.jsonl'), 'utf8');
      expect(record.match(/"in clear"/g)).toHaveLength(round);
    }
  });

  it('runs a terminal that was tampered with, which takes --in-clear and --again to load', async () => {
    await begin();
    await stop();
    const faults = join(dir, 'faults.yaml');
    await writeFile(faults, 'seed: 1\nfaults: [{ kind: tamper, direction: to-host, at: 1 }]\n');
    await start('--faults', faults);
    await octobind('list');
    await stop();
    await start();
    expect(await state()).toBe(LifeCycle.Tampered);
    expect(await load('--in-clear', SERIAL)).toMatchObject(refused('--again'));
    expect((await load('--in-clear', SERIAL, '--again', SERIAL)).code).toBe(0);
    expect(await state()).toBe(LifeCycle.Keyed);
  });
});
