import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

function run(...args: string[]): { status: number | null; lines: string[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['tools/run.mjs', 'test/exhaustive/main.ts', ...args],
    {
      encoding: 'utf8',
    },
  );
  return { status, lines: stdout.trimEnd().split('\n'), stderr };
}

// A small sample. `npm run faults` runs many more cases and `npm run test:exhaustive` runs all of
// them; `npm run mutants` shows that the cases find errors.
describe('npm run faults', () => {
  it('finds the old table or the new one after every fault of a sample', () => {
    const { status, lines } = run(
      ...['4096x2u1', '4096x5u16'].flatMap((name) => ['--geometry', name]),
      ...['--every', '60', '--json'],
    );
    expect(lines).toHaveLength(1);
    const { cases, failures, seconds } = JSON.parse(lines[0] ?? '') as Record<string, number>;
    expect(cases).toBeGreaterThan(2000);
    expect(failures).toBe(0);
    expect(seconds).toBeGreaterThan(0);
    expect(status).toBe(0);
  });

  it('replays a case by its id, with a trace', () => {
    const { status, lines } = run('--replay', '4096x3u4:2:0c.weak3-all:n0c.prefix5');
    expect(lines[0]).toBe('flash: 3 sectors of 4096 bytes, program unit 4');
    expect(lines.filter((line) => line === 'the power goes')).toHaveLength(2);
    expect(lines.join('\n')).toMatch(/program 104 bytes at 0x[0-9a-f]+/);
    expect(lines.at(-1)).toBe('holds');
    expect(status).toBe(0);
  });

  it.each([
    ['--every', '0'],
    ['--every', 'often'],
    ['--geometry', '4096'],
    ['--geometry', '4096x1u1'],
    ['--geometry', '4096x4u3'],
    ['--replay', '4096x4u1:2'],
    ['--replay', '4096x4u1:2:0c.prefix'],
    ['--replay', '4096x4u1:2:0x.prefix1'],
    ['--replay', '4096x4u1:2000:0c.prefix1'],
    ['--replay', '4096x4u1:2:n0c.prefix1'],
    ['--everything', '1'],
  ])('refuses %s %s, and prints its usage', (...args) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain('usage: npm run faults');
  });
});

describe('npm run mutants', () => {
  it('builds a mutant of the store, and catches it', () => {
    const args = ['tools/run.mjs', 'test/mutants/main.ts', '--only', 'group-not-checked', '--json'];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const [first = '', last = ''] = stdout.trimEnd().split('\n');
    expect(JSON.parse(first)).toMatchObject({
      mutant: 'group-not-checked',
      caught: { id: expect.stringMatching(/^\d+x\d+u\d+:\d+:/) as string },
    });
    expect(JSON.parse(last)).toEqual({ mutants: 1, survivors: 0 });
    expect(status).toBe(0);
  });

  it('refuses an unknown mutant, and lists the known ones', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['tools/run.mjs', 'test/mutants/main.ts', '--only', 'none-such'],
      {
        encoding: 'utf8',
      },
    );
    expect(status).toBe(2);
    expect(stderr).toContain('group-not-checked');
  });
});
