// Runs tests of which a piece of the file's name, or of a title, is given: `npm run t -- pan`.
// Builds before what they need and what is not up to date.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from '../make/make.mjs';
import { RECORDS, STEPS } from '../make/steps.mjs';
import { type Match, matching, nearest, testFiles } from './find.js';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const NEAR = 8;

/** A regular expression that finds a piece of text, in capitals or not. Neither runner has an option for that. */
const anyCase = (piece: string): string =>
  piece
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/\p{L}/gu, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);

function node(arguments_: readonly string[], env: NodeJS.ProcessEnv = {}): boolean {
  return spawnSync(process.execPath, arguments_, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}

/** Whole files: as-pect's own options to choose tests by title do nothing (8.1). */
function runFirmware(matches: readonly Match[]): boolean {
  const specs = matches.map(({ file }) => file.path).join(':');
  return node(['node_modules/@as-pect/cli/bin/asp.js', '--no-logo', '--verbose'], { OCTOBIND_SPECS: specs });
}

function runHost(matches: readonly Match[], piece: string): boolean {
  const filter = matches.some(({ titles }) => titles) ? ['--testNamePattern', anyCase(piece)] : [];
  return node(['node_modules/vitest/vitest.mjs', 'run', ...matches.map(({ file }) => file.path), ...filter]);
}

const [piece, ...more] = process.argv.slice(2);
if (piece === undefined || piece === '' || more.length > 0) {
  console.error('usage: npm run t -- PATTERN, a piece of the name of a file under test/, or of a title');
  process.exit(2);
}
const files = testFiles();
const matches = matching(files, piece);
if (matches.length === 0) {
  const near = nearest(files, piece, NEAR).map((name) => `  ${name}`);
  console.error([`No test has "${piece}" in the name of its file or in its title. Near it:`, ...near].join('\n'));
  process.exit(2);
}
const [firmware, host] = [true, false].map((kind) => matches.filter(({ file }) => file.isFirmware === kind));
const needed = host?.length ? ['firmware', 'host'] : ['generated', 'host'];
const { failed } = await build(needed, { steps: STEPS, records: RECORDS });
if (failed.length > 0) process.exit(1);
const passed = [firmware?.length ? runFirmware(firmware) : true, host?.length ? runHost(host, piece) : true];
process.exitCode = passed.includes(false) ? 1 : 0;
