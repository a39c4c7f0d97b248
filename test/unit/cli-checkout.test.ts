import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const NUMBER = '4242424242424242';
const dir = mkdtempSync(join(tmpdir(), 'octobind-checkout-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** As a person's shell has it: without what npm and vitest add. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
env.PATH = (env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

describe('./octobind in a checkout', () => {
  it('runs the command line from any folder, and through a link', () => {
    const link = join(dir, 'octobind');
    symlinkSync(join(ROOT, 'octobind'), link);
    expect(execFileSync(link, ['--version'], { cwd: dir, encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
    const { status } = spawnSync(link, ['bind', NUMBER], { cwd: dir });
    expect(status).toBe(2);
  });

  it('is what the refusal of a number names, with the log of npm that has the number', () => {
    const run = spawnSync('npm', ['run', '-s', 'octobind', '--', 'bind', NUMBER], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...env, npm_config_cache: dir, npm_config_logs_max: '10' },
    });
    const logs = join(dir, '_logs');
    expect(run.status).toBe(2);
    expect(run.stderr).toContain(`delete the newest files in ${logs}. `);
    expect(run.stderr).toContain('`./octobind`');
    const texts = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
    expect(texts.join('')).toContain(NUMBER);

    const { stderr } = spawnSync(join(ROOT, 'octobind'), ['bind', NUMBER], { encoding: 'utf8', env });
    expect(stderr).toContain('history');
    expect(stderr).not.toContain('npm');
  });
}, 300_000); // it may have to build
