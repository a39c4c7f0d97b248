// Builds each mutant in a folder of its own, and has `npm run faults`, or the tests that it names, look for it there. `npm run mutants --
// [--only NAME] [--json]` shows what caught each; a mutant that survives is a hole in the proof, and ends this with 1.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { MUTANTS } from './mutants.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);

/** Few sectors and many, the smallest unit and the largest; then all there are, of which each mutant has been seen to need none. */
const FIRST = ['4096x4u1', '4096x2u16', '4096x3u1', '4096x16u4'].flatMap((name) => ['--geometry', name]);
const EVERY = '4';

function chosen() {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, json: { type: 'boolean' } } });
    const unknown = values.only?.find((name) => !MUTANTS.some((mutant) => mutant.name === name));
    if (unknown !== undefined) throw new Error(`no such mutant: ${unknown}`);
    return { json: values.json, mutants: MUTANTS.filter(({ name }) => values.only?.includes(name) ?? true) };
  } catch (error) {
    const names = MUTANTS.map(({ name }) => name).join(', ');
    process.stderr.write(`${error.message}\nusage: npm run mutants -- [--only NAME]... [--json]\nmutants: ${names}\n`);
    process.exit(2);
  }
}

/** What the harness needs, and what tests need. */
const HARNESS = [
  'assembly',
  'asconfig.transform.mjs',
  'build/generated',
  'build/host',
  'build/assembly',
  'test/exhaustive',
  'package.json',
];
const TESTS = ['host', 'test', 'vitest.config.ts'];

/** Makes a checkout with the edits, and compiles its firmware; returns its folder. */
function build({ name, edits, tests }) {
  const folder = `build/mutants/${name}`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${folder}/build`, { recursive: true });
  for (const path of tests ? [...HARNESS, ...TESTS] : HARNESS) cpSync(path, `${folder}/${path}`, { recursive: true });
  for (const { file, find, replace } of edits) {
    const text = readFileSync(`${folder}/${file}`, 'utf8');
    if (text.split(find).length !== 2) throw new Error(`${name}: an edit of ${file} must match once:\n${find}`);
    writeFileSync(
      `${folder}/${file}`,
      text.replace(find, () => replace),
    );
  }
  const config = JSON.parse(readFileSync('asconfig.json', 'utf8'));
  // Soon built rather than small: what it does is the same.
  config.targets.release = { outFile: 'build/terminal.wasm', optimizeLevel: 1 };
  writeFileSync(`${folder}/asconfig.json`, JSON.stringify(config));
  const asc = spawnSync(process.execPath, [`${root}/node_modules/assemblyscript/bin/asc.js`, '--target', 'release'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (asc.status !== 0) throw new Error(`${name} does not compile:\n${asc.stderr}`);
  return folder;
}

/** What caught it, or undefined. */
function hunt(folder, { tests }) {
  return tests ? failingTest(folder, tests) : failingCase(folder);
}

/** For the tests that a mutant names, which take seconds. */
const LONGEST_MS = 120_000;

function failingTest(folder, tests) {
  const args = [`${root}/node_modules/vitest/vitest.mjs`, 'run', '--root', folder, '--reporter', 'json', tests];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: LONGEST_MS,
  });
  if (error?.code === 'ETIMEDOUT') return { id: tests, message: `does not end within ${LONGEST_MS / 1000} s` };
  const { testResults } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  if (all.length === 0) throw new Error(`${tests} did not run:\n${stdout}${stderr}`);
  const failed = all.find((one) => one.status === 'failed');
  if ((status === 0) !== (failed === undefined)) throw new Error(`${tests} ended with ${status}:\n${stdout}${stderr}`);
  return failed && { id: `${tests}: ${failed.fullName}`, message: failed.failureMessages[0]?.split('\n')[0] };
}

function failingCase(folder) {
  for (const where of [[...FIRST, '--every', EVERY], []]) {
    const args = [`${folder}/test/exhaustive/main.mjs`, '--stop', '--json', ...where];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const [first] = run.stdout.split('\n');
    if (run.status === 1 && first.includes('"id"')) return JSON.parse(first);
    if (run.status !== 0) throw new Error(`npm run faults ended with ${run.status}:\n${run.stdout}${run.stderr}`);
  }
  return undefined;
}

const { json, mutants } = chosen();
const table = new Table({
  head: ['mutant', 'what it does', 'caught by', 'since'],
  colWidths: [26, 34, 34, 40],
  wordWrap: true,
  style: { head: [], border: [] },
});
let survivors = 0;
for (const [at, mutant] of mutants.entries()) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${at + 1} of ${mutants.length}: ${mutant.name} …`);
  const caught = hunt(build(mutant), mutant);
  if (!caught) survivors++;
  if (json) console.log(JSON.stringify({ mutant: mutant.name, what: mutant.what, caught: caught ?? null }));
  table.push([mutant.name, mutant.what, caught?.id ?? 'SURVIVES', caught?.message ?? 'nothing']);
}
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
if (json) console.log(JSON.stringify({ mutants: mutants.length, survivors }));
else console.log(`${table.toString()}\n${mutants.length - survivors} of ${mutants.length} mutants caught`);
process.exitCode = survivors > 0 ? 1 : 0;
