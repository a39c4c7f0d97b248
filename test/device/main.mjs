// Compiles test/device/secrets.c and passwords.c for this machine, and runs them:
// `npm run test:device -- [every]`. `every` is explained in secrets.c.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compile, mbedtlsSources } from '../../tools/board/compile.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

/** Compiles one test with sources `of` device/, and runs it. Returns its exit status. */
function test(name, of) {
  const folder = 'build/device-test';
  const out = `${folder}/${name}`;
  compile({
    compiler: 'gcc',
    // One round for each password, so that the test is fast.
    flags: ['-O2', '-g', '-DROUNDS=1u'],
    sources: [
      ...[name, 'flash'].map((file) => ({ path: `test/device/${file}.c`, part: 'tests' })),
      ...of.map((file) => ({ path: `device/${file}.c`, part: 'ours' })),
      ...mbedtlsSources(),
    ],
    folder,
    out,
  });
  return spawnSync(out, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
}

const statuses = [test('passwords', ['passwords', 'secrets', 'crypto']), test('secrets', ['secrets', 'crypto'])];
process.exitCode = Math.max(...statuses);
