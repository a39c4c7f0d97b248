// The tests that look for a random mutant, in a checkout of its own: likely killers first, and
// each stage ends at its first failure.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutated, type TokenMutant } from './tokens.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** This checkout's own: it looks for dependencies to install in the folder that it lies in. */
const RUN = join(root, 'tools/run.mjs');
const FOLDER = 'build/mutants/random';
const COPIED = [
  'assembly',
  'host',
  'test',
  'tools',
  'examples',
  'docs',
  'build/generated',
  'build/host',
  'build/assembly',
];
const FILES = ['package.json', 'vitest.config.ts', 'asconfig.json', 'asconfig.transform.mjs', 'as-pect.config.js'];

/** Makes the checkout in which all mutants are tried in turn. */
export function makeCheckout(): void {
  rmSync(FOLDER, { recursive: true, force: true });
  for (const path of [...COPIED, ...FILES, 'as-pect.asconfig.json', 'README.md']) {
    mkdirSync(dirname(join(FOLDER, path)), { recursive: true });
    cpSync(path, join(FOLDER, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(FOLDER, 'node_modules'));
}

/** How a stage ended. Mutants that loop for ever make it end late: then it is killed. */
type Ended = 'passed' | 'failed' | 'late';
type Stage = (patienceMs: number) => Promise<Ended>;

const vitest =
  (...files: readonly string[]): Stage =>
  (patienceMs) =>
    ended(
      patienceMs,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--bail', '1', '--reporter', 'dot', ...files],
      'emulator',
    );
const spec =
  (name: string): Stage =>
  (patienceMs) =>
    ended(patienceMs, [RUN, 'test/mutants/spec.ts', `test/firmware/${name}.spec.ts`]);
const sweep =
  (...args: readonly string[]): Stage =>
  (patienceMs) =>
    ended(patienceMs, [RUN, 'test/exhaustive/main.ts', '--stop', '--json', ...args]);

const unit = (name: string): string => `test/unit/${name}`;
const conformance = vitest('test/conformance/');
// Not the test of leaks: it runs commands of the host for a minute, and tests little of assembly/.
const security = vitest(
  ...['--exclude', '**/leak.test.ts', 'test/security/', 'faults/goldens', 'faults/worn', 'faults/flash-image'],
);
const units = vitest(
  ...['emulator-terminal', 'firmware-uart', 'smp-header', 'holder-names', 'card-', 'proof', 'load-keys'].map(unit),
);

/** By the room of assembly/. Whatever is not listed goes through the last ones alone. */
const FIRST: Partial<Record<string, readonly [name: string, stage: Stage][]>> = {
  cbor: [['spec link', spec('link')]],
  link: [['spec link', spec('link')]],
  text: [
    ['spec date-time', spec('date-time')],
    ['spec utf8', spec('utf8')],
    ['spec link', spec('link')],
    ['spec name', spec('name')],
  ],
  card: [
    ['spec pan', spec('pan')],
    ['spec name', spec('name')],
    ['spec store', spec('store')],
  ],
  session: [['spec noise', spec('noise')]],
  store: [
    ['spec layout', spec('layout')],
    ['spec store', spec('store')],
    ['faults', sweep('--every', '16', '--geometry', '4096x4u1', '--geometry', '4096x2u16')],
  ],
  group: [['conformance', conformance]],
  menu: [
    ['spec name-entry', spec('name-entry')],
    ['menu', vitest(unit('menu'))],
  ],
  policy: [['policy', vitest('faults/policy', 'security/policy', 'conformance/policy')]],
};
const LAST: readonly [name: string, stage: Stage][] = [
  ['conformance', conformance],
  ['security', security],
  ['units', units],
];
const STORE_LAST: readonly [name: string, stage: Stage][] = [
  ['all faults', sweep('--every', '4', '--geometry', '4096x3u1', '--geometry', '4096x16u4', '--geometry', '4096x4u1')],
];

/**
 * Tries the stages in turn. Returns the name of the one that caught the mutant. `whole` is the
 * binary without a mutant.
 */
export async function hunt(mutant: TokenMutant, binary: Buffer, whole: Buffer): Promise<string | undefined> {
  const room = mutant.file.split('/')[1] ?? '';
  const file = join(FOLDER, mutant.file);
  const terminal = join(FOLDER, 'build/terminal.wasm');
  const first = FIRST[room] ?? [];
  const last = LAST.filter(([name]) => !first.some(([before]) => before === name));
  for (const [name, stage] of [...first, ...last, ...(room === 'store' ? STORE_LAST : [])]) {
    writeFileSync(terminal, whole);
    const patienceMs = patience.get(name) ?? (await measure(name, stage));
    writeFileSync(terminal, binary);
    writeFileSync(file, mutated(mutant));
    const outcome = await stage(patienceMs);
    writeFileSync(file, readFileSync(mutant.file));
    if (outcome === 'failed') return name;
    if (outcome === 'late') return `${name} (no end within ${Math.round(patienceMs / 1000)} s)`;
  }
  return undefined;
}

/** A mutant may loop for ever: how long each stage may take, by its time without a mutant. */
const patience = new Map<string, number>();
const LONGEST_MS = 600_000;
const TIMES = 3;
const LOAD_MS = 20_000;

/** A stage must pass without a mutant: if not, it would catch everything. */
async function measure(name: string, stage: Stage): Promise<number> {
  const began = performance.now();
  if ((await stage(LONGEST_MS)) !== 'passed')
    throw new Error(`The stage "${name}" fails without a mutant. Mend that first.`);
  const patienceMs = TIMES * (performance.now() - began) + LOAD_MS;
  patience.set(name, patienceMs);
  return patienceMs;
}

/** Runs a program for so long at most. All that it started ends with it. */
function ended(patienceMs: number, args: readonly string[], target?: string): Promise<Ended> {
  const env = { ...process.env, OCTOBIND_BOARD: '0', ...(target === undefined ? {} : { OCTOBIND_TARGET: target }) };
  const child = spawn(process.execPath, args, { cwd: resolve(FOLDER), env, stdio: 'ignore', detached: true });
  return new Promise((done, failed) => {
    const end = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end();
    }, patienceMs);
    child.on('error', failed);
    child.on('exit', (code) => {
      clearTimeout(timer);
      try {
        end();
      } catch {
        // Nothing that it started is left.
      }
      done(late ? 'late' : code === 0 ? 'passed' : 'failed');
    });
  });
}
