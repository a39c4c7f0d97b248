// Records random operations on emulated terminals, and replays them: in the emulator, and in the
// board's build for this machine. Each must do to the byte what the recorded terminal did:
// `npm run test:replay -- [--sequences N] [--seed N]`.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { startThread } from '../support/thread.js';
import type { Message, Task } from './messages.js';
import { PROGRAM } from './places.js';

/** A run without one of these kinds of lines has not tried what it is for. */
const KINDS = ['program', 'erase', 'cut', 'answer', 'read', 'random', 'reset', 'tamper'];
/** So many sequences have all of them. */
const MANY = 500;

const { values } = parseArgs({
  options: { sequences: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const sequences = Number(values.sequences);
const seed = Number(values.seed);
if (!Number.isSafeInteger(sequences) || sequences < 1 || !Number.isSafeInteger(seed)) {
  console.error('usage: npm run test:replay -- [--sequences N] [--seed N], whole numbers');
  process.exit(2);
}
if (!existsSync(PROGRAM)) {
  console.error(`${PROGRAM} is missing. Run npm run setup:board, npm run build:board -- replay.`);
  process.exit(2);
}

const bar = process.stderr.isTTY ? new SingleBar({ format: 'replay {bar} {value}/{total}, {eta} s left' }) : undefined;
bar?.start(sequences, 0);
const began = performance.now();
const kinds = new Map<string, number>();
let ended = 0;
let failures = 0;
let lines = 0;
// Until all have been done.
process.exitCode = 1;
const threads = Math.min(availableParallelism(), sequences);
for (let first = 0; first < threads; first++) {
  const task: Task = { first, step: threads, sequences, seed };
  startThread(new URL('worker.ts', import.meta.url), task)
    .on('message', take)
    .on('error', (error) => {
      bar?.stop();
      throw error;
    });
}

function take(message: Message): void {
  ended++;
  lines += message.lines;
  for (const [kind, count] of Object.entries(message.kinds)) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  if (message.failure !== undefined) {
    failures++;
    console.error(message.failure);
  }
  bar?.increment();
  if (ended === sequences) finish();
}

function finish(): void {
  bar?.stop();
  const missing = sequences < MANY ? [] : KINDS.filter((kind) => !kinds.has(kind));
  if (missing.length > 0) console.error(`no trace has ${missing.join(', ')}`);
  const traps = kinds.get('trap') ?? 0;
  if (traps > 0) console.error(`the firmware trapped ${traps} times while it was recorded`);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(JSON.stringify({ sequences: ended, failures, lines, kinds: Object.fromEntries(kinds), seconds }));
  process.exitCode = failures > 0 || missing.length > 0 || traps > 0 ? 1 : 0;
}
