// Builds each mutant in a folder of its own, and lets `npm run faults`, or the tests that it
// names, look for it there. `npm run mutants -- [--only NAME]... [--json]` shows what caught each.
// With `--random COUNT [--seed SEED]`, it makes others by chance: random.ts.
// A mutant that survives is a hole in the proof: the exit status is then 1.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type Mutant, MUTANTS } from './mutants.js';
import { tryRandom } from './random.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);

/**
 * Few sectors and many, the smallest unit and the largest, in every fourth case. All cases of all
 * geometries follow, but no mutant seen so far needed them.
 */
const FIRST = ['4096x4u1', '4096x2u16', '4096x3u1', '4096x16u4'].flatMap((name) => ['--geometry', name]);
const EVERY = '4';

interface Chosen {
  readonly json: boolean;
  readonly mutants: readonly Mutant[];
  /** How many random ones to try instead. */
  readonly random: number | undefined;
  readonly seed: number;
}

function chosen(): Chosen {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        random: { type: 'string' },
        seed: { type: 'string', default: '1' },
      },
    });
    const { only, json } = values;
    const random = values.random === undefined ? undefined : wholeNumber('random', values.random);
    const seed = wholeNumber('seed', values.seed);
    const unknown = only?.find((name) => !MUTANTS.some((mutant) => mutant.name === name));
    if (unknown !== undefined) throw new Error(`no such mutant: ${unknown}`);
    return { json, mutants: MUTANTS.filter(({ name }) => only?.includes(name) ?? true), random, seed };
  } catch (error) {
    const names = MUTANTS.map(({ name }) => name).join(', ');
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `${message}\nusage: npm run mutants -- [--only NAME]... [--json]\n       npm run mutants -- --random COUNT [--seed SEED] [--json]\nmutants: ${names}\n`,
    );
    process.exit(2);
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} takes a whole number from 1`);
  return Number(text);
}

/** What every mutant needs, and what those need that tests look for. */
const HARNESS = [
  'assembly',
  'asconfig.transform.mjs',
  'build/generated',
  'host',
  'test/exhaustive',
  'test/support/thread.ts',
  'tools',
  'package.json',
];
const TESTS = ['test', 'vitest.config.ts'];

interface AscConfig {
  targets: Record<string, object>;
}

/** Every so many mutants, one is built with assertions, which may catch it too. */
const CHECKED_EVERY = 4;

/** Makes a checkout with the edits, and compiles its firmware. Returns its folder. */
function build({ name, edits, tests }: Mutant, noAssert: boolean): string {
  const folder = `build/mutants/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/build`, { recursive: true });
  for (const path of tests === undefined ? HARNESS : [...HARNESS, ...TESTS]) {
    cpSync(path, `${folder}/${path}`, { recursive: true });
  }
  for (const { file, find, replace } of edits) {
    const text = readFileSync(`${folder}/${file}`, 'utf8');
    if (text.split(find).length !== 2) throw new Error(`${name}: an edit of ${file} must match once:\n${find}`);
    writeFileSync(
      `${folder}/${file}`,
      text.replace(find, () => replace),
    );
  }
  const config = JSON.parse(readFileSync('asconfig.json', 'utf8')) as AscConfig;
  // Quick to build rather than small: what it does is the same.
  config.targets['release'] = { outFile: 'build/terminal.wasm', optimizeLevel: 1, noAssert };
  writeFileSync(`${folder}/asconfig.json`, JSON.stringify(config));
  const asc = spawnSync(process.execPath, [`${root}/node_modules/assemblyscript/bin/asc.js`, '--target', 'release'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (asc.status !== 0) throw new Error(`${name} does not compile:\n${asc.stderr}`);
  return folder;
}

/** What caught a mutant. */
interface Catch {
  readonly id: string;
  readonly message?: string | undefined;
}

/** Undefined if the mutant survives. */
function hunt(folder: string, { tests }: Mutant): Catch | undefined {
  return tests === undefined ? failingCase(folder) : failingTest(folder, tests);
}

/** For the tests that a mutant names, which take seconds. */
const LONGEST_MS = 120_000;

/** Of a report of vitest, what is read here. */
interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function failingTest(folder: string, tests: string): Catch | undefined {
  const args = [`${root}/node_modules/vitest/vitest.mjs`, 'run', '--root', folder, '--reporter', 'json', tests];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: LONGEST_MS,
  });
  if (error && 'code' in error && error.code === 'ETIMEDOUT') {
    return { id: tests, message: `does not end within ${LONGEST_MS / 1000} s` };
  }
  const { testResults } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  if (all.length === 0) throw new Error(`${tests} did not run:\n${stdout}${stderr}`);
  const failed = all.find((one) => one.status === 'failed');
  if ((status === 0) !== (failed === undefined)) {
    throw new Error(`${tests} ended with ${String(status)}:\n${stdout}${stderr}`);
  }
  return failed && { id: `${tests}: ${failed.fullName}`, message: failed.failureMessages[0]?.split('\n')[0] };
}

function failingCase(folder: string): Catch | undefined {
  for (const cases of [[...FIRST, '--every', EVERY], []]) {
    const args = ['tools/run.mjs', `${folder}/test/exhaustive/main.ts`, '--stop', '--json', ...cases];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const [first = ''] = run.stdout.split('\n');
    if (run.status === 1 && first.includes('"id"')) return JSON.parse(first) as Catch;
    if (run.status !== 0) {
      throw new Error(`npm run faults ended with ${String(run.status)}:\n${run.stdout}${run.stderr}`);
    }
  }
  return undefined;
}

const { json, mutants, random, seed } = chosen();
if (random !== undefined) process.exit((await tryRandom({ count: random, seed, json })) ? 0 : 1);
const table = new Table({
  head: ['mutant', 'what it does', 'caught by', 'since'],
  colWidths: [26, 34, 34, 40],
  wordWrap: true,
  style: { head: [], border: [] },
});
let survivors = 0;
for (const [at, mutant] of mutants.entries()) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${at + 1} of ${mutants.length}: ${mutant.name} …`);
  const isChecked = at % CHECKED_EVERY === CHECKED_EVERY - 1;
  const caught = hunt(build(mutant, !isChecked), mutant);
  if (!caught) survivors++;
  if (json) console.log(JSON.stringify({ mutant: mutant.name, what: mutant.what, caught: caught ?? null }));
  table.push([
    `${mutant.name}${isChecked ? ', with assertions' : ''}`,
    mutant.what,
    caught?.id ?? 'SURVIVES',
    caught?.message ?? 'nothing',
  ]);
}
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
if (json) console.log(JSON.stringify({ mutants: mutants.length, survivors }));
else console.log(`${table.toString()}\n${mutants.length - survivors} of ${mutants.length} mutants caught`);
process.exitCode = survivors > 0 ? 1 : 0;
