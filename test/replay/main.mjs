// Records random operations on emulated terminals, and has them done again: by the emulator, and by the board's build for this machine. Each must do what the
// recorded one did, to the byte: `npm run test:replay -- [--sequences N] [--seed N]`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { replayTrace } from '../../build/host/trace/replay.js';
import { makeTrace } from './sequence.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'build/boards/replay/terminal.elf');
const FAILED = join(ROOT, 'build/replay');
const OPERATIONS = 25;

if (isMainThread) main();
else await work(workerData);

function main() {
  const { values } = parseArgs({
    options: { sequences: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
  });
  const [sequences, seed] = [Number(values.sequences), Number(values.seed)];
  if (!Number.isSafeInteger(sequences) || sequences < 1 || !Number.isSafeInteger(seed)) {
    console.error('usage: npm run test:replay -- [--sequences N] [--seed N], whole numbers');
    process.exit(2);
  }
  if (!existsSync(PROGRAM)) {
    console.error(`${PROGRAM} is missing. Run npm run setup:board, npm run build:board -- replay.`);
    process.exit(2);
  }
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: 'replay {bar} {value}/{total}, {eta} s left' })
    : undefined;
  bar?.start(sequences, 0);
  const began = performance.now();
  const total = { sequences: 0, failures: 0, lines: 0, kinds: {} };
  const workers = Math.min(availableParallelism(), sequences);
  // Until all have been done.
  process.exitCode = 1;
  for (let first = 0; first < workers; first++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { first, step: workers, sequences, seed } });
    worker.on('error', (error) => {
      bar?.stop();
      throw error;
    });
    worker.on('message', ({ failure, kinds, lines }) => {
      total.sequences++;
      total.lines += lines;
      for (const [kind, count] of Object.entries(kinds)) total.kinds[kind] = (total.kinds[kind] ?? 0) + count;
      if (failure) {
        total.failures++;
        console.error(failure);
      }
      bar?.increment();
      if (total.sequences < sequences) return;
      bar?.stop();
      // A run without one of these has not tried what it is for.
      const missing = ['program', 'erase', 'cut', 'answer', 'read', 'random', 'reset', 'tamper'].filter(
        (kind) => sequences >= 500 && !total.kinds[kind],
      );
      if (missing.length > 0) console.error(`no trace has ${missing.join(', ')}`);
      const traps = total.kinds.trap ?? 0;
      if (traps > 0) console.error(`the firmware trapped ${traps} times while it was recorded`);
      const seconds = Math.round((performance.now() - began) / 1000);
      console.log(JSON.stringify({ ...total, seconds }));
      process.exitCode = total.failures > 0 || missing.length > 0 || traps > 0 ? 1 : 0;
    });
  }
}

async function work({ first, step, sequences, seed }) {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-replay-'));
  for (let number = first; number < sequences; number += step) {
    const lines = await makeTrace(seed + number, OPERATIONS);
    const trace = join(dir, 'trace');
    writeFileSync(trace, `${lines.join('\n')}\n`);
    const problem = compare(lines, trace, join(dir, 'flash'));
    parentPort.postMessage({ failure: problem && keep(seed + number, trace, problem), ...counted(lines) });
  }
  rmSync(dir, { recursive: true });
}

/** What differs, or nothing. */
function compare(lines, trace, flash) {
  let replayed;
  try {
    replayed = replayTrace(lines);
  } catch (error) {
    return `emulator: ${error.message}`;
  }
  const { status, stdout, stderr } = spawnSync(PROGRAM, [trace, flash], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) return `board's build: ${stderr}`;
  const native = JSON.parse(stdout);
  for (const [name, { complete, lines: count }] of Object.entries({ emulator: replayed, native })) {
    if (!complete || count !== lines.length) return `${name}: ended at line ${count} of ${lines.length}`;
  }
  const image = readFileSync(flash).subarray(0, replayed.flash.length);
  return image.equals(replayed.flash) ? undefined : 'the flash images differ';
}

/** The trace stays, since keys and nonces of the host are others in each run. */
function keep(seed, trace, problem) {
  mkdirSync(FAILED, { recursive: true });
  const path = join(FAILED, `failed-${seed}.trace`);
  writeFileSync(path, readFileSync(trace), { mode: 0o600 });
  return `seed ${seed}: ${problem.trim()}\n    ${path}`;
}

function counted(lines) {
  const kinds = {};
  for (const line of lines) {
    const kind = line.slice(0, line.indexOf(' ') < 0 ? undefined : line.indexOf(' '));
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return { kinds, lines: lines.length };
}
