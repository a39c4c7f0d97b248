// Compiles test/device/secrets.c and passwords.c for this machine, and runs them:
// `npm run test:device -- [every]`. `every` is explained in secrets.c.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { mbedtlsSources, programSteps } from '../../tools/board/compile.js';
import { build, runCommand } from '../../tools/make/make.mjs';
import { RECORDS, STEPS } from '../../tools/make/steps.mjs';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

/** Compiles one test with sources `of` device/, and runs it. Returns its exit status. */
async function test(name: string, of: readonly string[]): Promise<number> {
  const folder = 'build/device-test';
  const out = `${folder}/${name}`;
  const steps = programSteps({
    compiler: 'gcc',
    // One round for each password, so that the test is fast.
    flags: ['-O2', '-g', '-DROUNDS=1u'],
    sources: [
      ...[name, 'flash'].map((file) => ({ path: `test/device/${file}.c`, part: 'tests' as const })),
      ...of.map((file) => ({ path: `device/${file}.c`, part: 'ours' as const })),
      ...mbedtlsSources(),
    ],
    folder,
    out,
  });
  const { failed } = await build([out], { steps, records: `${folder}/steps`, run: runCommand });
  if (failed.length > 0) return 1;
  return spawnSync(out, process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'] }).status ?? 1;
}

const { failed } = await build(['generated'], { steps: STEPS, records: RECORDS });
if (failed.length > 0) process.exit(1);
const statuses = [
  await test('passwords', ['passwords', 'secrets', 'crypto']),
  await test('secrets', ['secrets', 'crypto']),
];
process.exitCode = Math.max(...statuses);
