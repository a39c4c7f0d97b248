import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runningTerminals, startTerminals } from '../../host/sim/index.js';
import { MAIN, startSim } from './cli-support.js';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'octobind-machine-'))));
afterEach(() => rmSync(dir, { recursive: true }));

/** Runs something while this process may write no file beyond a size in bytes. */
function withFileLimit<T>(bytes: number, what: () => T): T {
  const limit = (soft: string): void => {
    execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${soft}:`]);
  };
  limit(String(bytes));
  try {
    return what();
  } finally {
    limit('unlimited');
  }
}

/** Runs the program under a limit of the shell. Returns what it said when it ended. */
function limited(limit: string, ...args: string[]): { status: number | null; stderr: string } {
  const script = `ulimit ${limit} && exec "$@"`;
  return spawnSync('sh', ['-c', script, 'sh', process.execPath, MAIN, '--dir', dir, ...args], { encoding: 'utf8' });
}

describe('emulated terminals on a machine that', () => {
  it('has no room for their files: leave no half of one, say why, and start once there is room', async () => {
    const { status, stderr } = limited('-f 32', 'sim', '--virgin');
    expect(stderr).toMatch(/flash image .*till-1\.flash cannot be created.*EFBIG.*\(USAGE\)/);
    expect(status).toBe(2);
    expect(readdirSync(dir)).toEqual([]);
    const sim = await startSim('--dir', dir);
    expect(await sim.stop()).toBe(0);
  });

  it.runIf(process.platform === 'linux')(
    'has no room for what they write: tell why their flash fails, once',
    async () => {
      const told: string[] = [];
      const fleet = await startTerminals({
        count: 1,
        dir,
        onDiskError: (name, message) => told.push(`${name} ${message}`),
      });
      try {
        const { nor, keys } = fleet.terminals[0]?.terminal ?? {};
        const erase = (): number | undefined => nor?.erase(0);
        expect(withFileLimit(0, () => [erase(), erase(), keys?.generate(0)])).toEqual([-2, -2, -2]);
        expect(told).toEqual([
          expect.stringMatching(
            /^till-1 The flash image .*till-1\.flash cannot be written: .*\(EFBIG, .*device that fails\.$/,
          ),
          expect.stringMatching(/^till-1 The key store .*till-1\.keys cannot be written: .*\(EFBIG/),
        ]);
        expect(erase()).toBe(0);
        withFileLimit(0, erase);
        expect(told).toHaveLength(3);
      } finally {
        await fleet.close();
      }
    },
  );

  it('has no room for a master key: leave no component of one', () => {
    const { status, stderr } = limited('-f 0', 'keys', 'generate');
    expect(stderr).toMatch(/No master key can be created.*EFBIG/);
    expect(status).toBe(2);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('lets them open too few files: say that, and not that there are no pseudo-terminals', () => {
    const { status, stderr } = limited('-n 256', 'sim', '--virgin', '--terminals', '100');
    expect(stderr).toContain('may open no more files (EMFILE, `ulimit -n`)');
    expect(stderr).not.toContain('--tcp');
    expect(status).toBe(2);
    expect(readdirSync(dir).filter((name) => name.endsWith('.tty'))).toEqual([]);
  });

  it('has a folder in the place of their link: name the link and the reason', () => {
    mkdirSync(join(dir, 'till-1.tty'));
    writeFileSync(join(dir, 'till-1.tty/file'), '');
    const { status, stderr } = limited('-n 256', 'sim', '--virgin');
    expect(stderr).toMatch(/The link .*till-1\.tty cannot be (removed|made).*EISDIR/);
    expect(status).toBe(2);
  });

  it('ends npm by SIGTERM: end with it', async () => {
    const args = ['run', '-s', 'octobind', '--', 'sim', '--virgin', '--json', '--dir', dir];
    const npm = spawn('npm', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(npm.stdout, 'data');
    expect(await runningTerminals(dir)).toHaveLength(1);
    npm.kill('SIGTERM');
    await once(npm, 'close');
    await expect.poll(() => readdirSync(dir)).toEqual(['till-1.flash']);
  });
});
