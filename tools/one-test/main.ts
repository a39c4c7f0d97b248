// Runs the tests with this text in the name of their file, or in their title: `npm run t -- pan`.
// First builds what they need.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from '../make/make.mjs';
import { RECORDS, STEPS } from '../make/steps.mjs';
import { type Match, matching, nearest, testFiles } from './find.js';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const NEAR = 8;

/** A pattern that finds a text in any case. Neither runner has an option for that. */
const anyCase = (piece: string): string =>
  piece
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/\p{L}/gu, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);

async function runFirmware(matches: readonly Match[], piece: string): Promise<boolean> {
  const { runSpec } = await import('./firmware.js');
  const passed: boolean[] = [];
  for (const { file, titles } of matches) {
    const only = new RegExp(anyCase(piece));
    const isGroup = titles?.some((title) => title.isGroup);
    passed.push(await runSpec(file.path, titles && (isGroup ? { groupRegex: only } : { testRegex: only })));
  }
  return !passed.includes(false);
}

function runHost(matches: readonly Match[], piece: string): boolean {
  const filter = matches.some(({ titles }) => titles) ? ['--testNamePattern', anyCase(piece)] : [];
  const paths = matches.map(({ file }) => file.path);
  const vitest = [process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...paths, ...filter]] as const;
  return spawnSync(...vitest, { stdio: 'inherit' }).status === 0;
}

const [piece, ...more] = process.argv.slice(2);
if (piece === undefined || piece === '' || more.length > 0) {
  console.error('usage: npm run t -- PATTERN, a part of the name of a file under test/, or of a title');
  process.exit(2);
}
const files = testFiles();
const matches = matching(files, piece);
if (matches.length === 0) {
  const near = nearest(files, piece, NEAR).map((name) => `  ${name}`);
  console.error([`No test has "${piece}" in the name of its file or in its title. Similar:`, ...near].join('\n'));
  process.exit(2);
}
const [firmware, host] = [true, false].map((kind) => matches.filter(({ file }) => file.isFirmware === kind));
const needed = host?.length ? ['firmware', 'host'] : ['generated', 'host'];
const { failed } = await build(needed, { steps: STEPS, records: RECORDS });
if (failed.length > 0) process.exit(1);
const passed = [
  firmware?.length ? await runFirmware(firmware, piece) : true,
  host?.length ? runHost(host, piece) : true,
];
process.exitCode = passed.includes(false) ? 1 : 0;
