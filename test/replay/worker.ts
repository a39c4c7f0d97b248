// One of the threads that share the sequences.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { tracedFlash } from '../../host/sim/native-replay.js';
import { type ReplayResult, replayTrace } from '../../host/trace/replay.js';
import type { Message, Task } from './messages.js';
import { FAILED, PROGRAM } from './places.js';
import { makeTrace } from './sequence.js';

const OPERATIONS = 25;

const { first, step, sequences, seed } = workerData as Task;
const dir = mkdtempSync(join(tmpdir(), 'octobind-replay-'));
for (let number = first; number < sequences; number += step) {
  const lines = await makeTrace(seed + number, OPERATIONS);
  const trace = join(dir, 'trace');
  writeFileSync(trace, `${lines.join('\n')}\n`);
  const problem = difference(lines, trace, join(dir, 'flash'));
  const failure = problem === undefined ? undefined : keep(seed + number, trace, problem);
  parentPort?.postMessage({ failure, lines: lines.length, kinds: kindsOf(lines) } satisfies Message);
}
rmSync(dir, { recursive: true });

/** What the board's build prints. */
type Replayed = Pick<ReplayResult, 'complete' | 'lines'>;

/** Replays a trace twice. Returns what differs. */
function difference(lines: readonly string[], trace: string, flash: string): string | undefined {
  let replayed: ReplayResult;
  try {
    replayed = replayTrace(lines);
  } catch (error) {
    return `emulator: ${error instanceof Error ? error.message : String(error)}`;
  }
  const { status, stdout, stderr } = spawnSync(PROGRAM, [trace, flash], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) return `board's build: ${stderr}`;
  const native = JSON.parse(stdout) as Replayed;
  for (const [name, { complete, lines: count }] of Object.entries<Replayed>({ emulator: replayed, native })) {
    if (!complete || count !== lines.length) return `${name}: ended at line ${count} of ${lines.length}`;
  }
  return Buffer.compare(tracedFlash(flash), replayed.flash) === 0 ? undefined : 'the flash images differ';
}

/** Keeps the trace: another run of the seed makes other keys and nonces. Returns a message. */
function keep(number: number, trace: string, problem: string): string {
  mkdirSync(FAILED, { recursive: true });
  const path = join(FAILED, `failed-${number}.trace`);
  writeFileSync(path, readFileSync(trace), { mode: 0o600 });
  return `seed ${number}: ${problem.trim()}\n    ${path}`;
}

function kindsOf(lines: readonly string[]): Record<string, number> {
  const kinds: Record<string, number> = {};
  for (const line of lines) {
    const [kind = ''] = line.split(' ', 1);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}
