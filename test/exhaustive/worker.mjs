// One of the threads that share the cases, a geometry at a time.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Machine } from './machine.mjs';
import { geometryOf, sweep } from './sweep.mjs';

// Every cut is an error that is thrown: where it came from is never asked.
Error.stackTraceLimit = 0;

const module = new WebAssembly.Module(readFileSync(workerData.wasm));

parentPort.on('message', (name) => {
  sweep(
    () => new Machine(module),
    geometryOf(name),
    workerData.every,
    (id, error) => parentPort.postMessage({ id, message: error.message }),
    (cases) => parentPort.postMessage({ cases }),
  );
  parentPort.postMessage({ done: name });
});
