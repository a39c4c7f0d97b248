// @ts-check
// The steps of a build and their inputs. tools/board/board.ts has the steps of a board.
import { readFileSync } from 'node:fs';

/** @typedef {import('./make.mjs').Step} Step */

/** The folder with the records of these steps. */
export const RECORDS = 'build/.steps';

/** @param {string} path @returns {any} */
const json = (path) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const lock = json('package-lock.json');

/** Our own transforms that the compiler loads. */
function transforms() {
  const { options, targets } = json('asconfig.json');
  return [options, ...Object.values(targets)]
    .flatMap((some) => some?.transform ?? [])
    .filter((path) => path.startsWith('.'));
}

/**
 * The hashes of installed packages, from the lock file.
 * @param {string[]} packages
 */
const versions = (...packages) =>
  Object.fromEntries(packages.map((name) => [name, lock.packages[`node_modules/${name}`].integrity]));

const ASC = [process.execPath, 'node_modules/assemblyscript/bin/asc.js'];
const FIRMWARE = {
  after: ['generated'],
  inputs: ['assembly', 'build/generated', 'asconfig.json', ...transforms()],
  versions: versions('assemblyscript', 'binaryen', 'long'),
};

/** What of the firmware is compiled for the host too, as in tsconfig.build.json. */
const SHARED = ['assembly/protocol.ts', 'assembly/hal.ts'];

/** @type {readonly Step[]} */
export const STEPS = [
  {
    name: 'generated',
    inputs: [
      'tools/generate.ts',
      'tools/card-banks.ts',
      'tools/card-schemes.ts',
      'tools/hal-header.ts',
      'tools/menu.ts',
      'tools/menu-width.ts',
      'assembly/menu/pages.yaml',
      'tools/pinyin',
      'assembly/protocol.ts',
      'assembly/hal.ts',
      'package.json',
    ],
    versions: versions('bankcardinfo', 'credit-card-type', 'esbuild', 'yaml', 'zod'),
    command: [process.execPath, '--import', './tools/typescript.mjs', 'tools/generate.ts'],
    outputs: ['build/generated'],
  },
  {
    ...FIRMWARE,
    name: 'firmware',
    command: [...ASC, '--target', 'release'],
    outputs: ['build/terminal.wasm', 'build/terminal.wat'],
  },
  {
    ...FIRMWARE,
    name: 'debug',
    command: [...ASC, '--target', 'debug'],
    outputs: ['build/debug'],
  },
  {
    ...FIRMWARE,
    // Optimised as the release, but with assertions: a broken one is a trap with its place.
    name: 'checked',
    command: [...ASC, '--target', 'checked'],
    outputs: ['build/checked'],
  },
  {
    name: 'host',
    // Types come from many packages.
    inputs: ['host', ...SHARED, 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'],
    command: [process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    outputs: ['build/host', 'build/assembly'],
    state: 'build/tsconfig.tsbuildinfo',
    // Files of the firmware that are no longer compiled for the host still exist.
    sourceOf: (output) => {
      const source = output.replace(/^build\//, '').replace(/(\.d)?\.[jt]s$/, '.ts');
      return source.startsWith('host/') || SHARED.includes(source) ? source : '';
    },
  },
];
