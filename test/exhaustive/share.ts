// Shares geometries among as many threads as there are cores.
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { startThread } from '../support/thread.js';
import type { Message, Task } from './messages.js';

/** Failures that are shown one by one. */
export const SHOWN = 20;
/** So many geometries take minutes: without a bar, a line tells now and then how far it is. */
const LONG = 20;

export interface SweepOptions extends Task {
  /** End at the first failure. */
  readonly stop: boolean;
  readonly json: boolean;
}

export interface Sum {
  readonly cases: number;
  readonly failures: number;
  readonly seconds: number;
}

function newBar(): SingleBar | undefined {
  if (!process.stderr.isTTY) return undefined;
  return new SingleBar({
    format: '{bar} {value}/{total} geometries, {cases} cases, {failures} failures, {eta_formatted} left',
  });
}

/** Prints failures as they come. Rejects if a thread breaks down. */
export function sweepAll(geometries: readonly string[], { wasm, every, stop, json }: SweepOptions): Promise<Sum> {
  const queue = [...geometries];
  const total = queue.length;
  const began = performance.now();
  const bar = newBar();
  bar?.start(total, 0, { cases: 0, failures: 0 });
  let cases = 0;
  let failures = 0;
  let ended = 0;
  const show = ({ id, message }: { id: string; message: string }): void => {
    if (json) console.log(JSON.stringify({ id, message }));
    else if (failures <= SHOWN) console.log(`${bar ? '\r\u001b[K' : ''}${id}  ${message}`);
  };
  return new Promise((resolve, reject) => {
    const next = (worker: Worker): void => {
      const name = queue.shift();
      if (name !== undefined) worker.postMessage(name);
    };
    const end = (): void => {
      bar?.stop();
      for (const worker of workers) void worker.terminate();
      resolve({ cases, failures, seconds: Number(((performance.now() - began) / 1000).toFixed(1)) });
    };
    /** Whether there is more to come. */
    const take = (worker: Worker, message: Message): boolean => {
      switch (message.kind) {
        case 'cases':
          cases += message.cases;
          return true;
        case 'failure':
          failures++;
          show(message);
          return !stop;
        case 'done':
          ended++;
          if (!bar && total >= LONG && ended % Math.ceil(total / 10) === 0) {
            console.error(`${ended} of ${total} geometries, ${cases} cases, ${failures} failures`);
          }
          next(worker);
          return ended < total;
      }
    };
    const workers = Array.from({ length: Math.min(availableParallelism(), total) }, () => {
      const worker = startThread(new URL('worker.ts', import.meta.url), { wasm, every } satisfies Task);
      worker.on('error', reject);
      worker.on('message', (message: Message) => {
        if (take(worker, message)) bar?.update(ended, { cases, failures });
        else end();
      });
      next(worker);
      return worker;
    });
  });
}
