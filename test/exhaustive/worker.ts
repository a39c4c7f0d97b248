// One of the threads that share the cases, a geometry at a time.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { geometryOf } from './geometry.js';
import { Machine } from './machine.js';
import type { Message, Task } from './messages.js';
import { sweep } from './sweep.js';

// Every cut is an error that is thrown, and nobody asks where it came from.
Error.stackTraceLimit = 0;

const { wasm, every } = workerData as Task;
const module = new WebAssembly.Module(readFileSync(wasm));

function tell(message: Message): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (name: string) => {
  sweep(
    () => new Machine(module),
    geometryOf(name),
    every,
    (id, error) => tell({ kind: 'failure', id, message: error instanceof Error ? error.message : String(error) }),
    (cases) => tell({ kind: 'cases', cases }),
  );
  tell({ kind: 'done' });
});
