// Cuts the power and wears out sectors in every operation of a workload, on every geometry, and again in the recovery that follows.
// `npm run faults -- --help` says how. docs/STORE.md says what must hold, and what the cases are.
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath, URL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { Unknown } from './errors.mjs';
import { Machine } from './machine.mjs';
import { geometryOf, nameOf, replay } from './sweep.mjs';

const USAGE = `usage: npm run faults -- [options]

  --every N         run every N-th case (default 12); 1 runs all of them
  --geometry NAME   this geometry alone, as 4096x16u1: 16 sectors of 4096 bytes, program unit 1; may be repeated
  --replay ID       run one case, with a trace of what happens
  --wasm PATH       the firmware (default build/terminal.wasm)
  --stop            end at the first failure
  --json            a line of JSON for each failure, and one at the end
`;

/** Failures that are shown one by one. */
const SHOWN = 20;
/** So many geometries take minutes: where there is no bar, a line tells now and then how far it is. */
const LONG = 20;

function geometries() {
  const all = [];
  for (const sectorBytes of [65_536, 4096]) {
    for (let sectorCount = 16; sectorCount >= 2; sectorCount--) {
      for (const programUnit of [1, 4, 8, 16]) all.push({ sectorBytes, sectorCount, programUnit });
    }
  }
  // The longest first, so that the threads end together.
  return all.map(nameOf);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        every: { type: 'string', default: '12' },
        geometry: { type: 'string', multiple: true },
        replay: { type: 'string' },
        wasm: { type: 'string', default: fileURLToPath(new URL('../../build/terminal.wasm', import.meta.url)) },
        stop: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const every = Number(values.every);
    if (!Number.isSafeInteger(every) || every < 1) throw new Error('--every takes a whole number from 1');
    values.geometry?.forEach(geometryOf);
    if (!existsSync(values.wasm)) throw new Error(`no firmware at ${values.wasm}: build it first, by npm run build`);
    return { ...values, every };
  } catch (error) {
    return misused(error);
  }
}

function misused(error) {
  process.stderr.write(`${error.message}\n${USAGE}`);
  process.exit(2);
}

function replayed({ replay: id, wasm }) {
  const module = new WebAssembly.Module(readFileSync(wasm));
  try {
    replay(new Machine(module), id, console.log);
    console.log('holds');
    return true;
  } catch (error) {
    if (error instanceof Unknown) misused(error);
    console.log(`FAILS: ${error.message}`);
    return false;
  }
}

/** Shares the geometries among as many threads as there are cores. */
function sweepAll({ geometry, every, wasm, stop, json }) {
  const queue = geometry ?? geometries();
  const total = queue.length;
  const began = performance.now();
  const bar = process.stderr.isTTY
    ? new SingleBar({
        format: '{bar} {value}/{total} geometries, {cases} cases, {failures} failures, {eta_formatted} left',
      })
    : undefined;
  bar?.start(total, 0, { cases: 0, failures: 0 });
  let cases = 0;
  let failures = 0;
  let ended = 0;
  return new Promise((resolve, reject) => {
    const workers = Array.from({ length: Math.min(availableParallelism(), total) }, () => {
      const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { wasm, every } });
      worker.on('error', reject);
      worker.on('message', (message) => {
        if (message.cases !== undefined) cases += message.cases;
        if (message.id !== undefined) {
          failures++;
          if (json) console.log(JSON.stringify({ id: message.id, message: message.message }));
          else if (failures <= SHOWN) console.log(`${bar ? '\r\u001b[K' : ''}${message.id}  ${message.message}`);
          if (stop) return end();
        }
        if (message.done !== undefined) {
          ended++;
          if (!bar && total >= LONG && ended % Math.ceil(total / 10) === 0) {
            console.error(`${ended} of ${total} geometries, ${cases} cases, ${failures} failures`);
          }
          if (ended === total) return end();
          next(worker);
        }
        bar?.update(ended, { cases, failures });
      });
      next(worker);
      return worker;
    });
    function next(worker) {
      const name = queue.shift();
      if (name !== undefined) worker.postMessage(name);
    }
    function end() {
      bar?.stop();
      for (const worker of workers) void worker.terminate();
      resolve({ cases, failures, seconds: Number(((performance.now() - began) / 1000).toFixed(1)) });
    }
  });
}

const values = options();
if (values.help) process.stdout.write(USAGE);
else if (values.replay !== undefined) process.exitCode = replayed(values) ? 0 : 1;
else {
  const sum = await sweepAll(values);
  if (values.json) console.log(JSON.stringify(sum));
  else {
    const { cases, failures, seconds } = sum;
    if (failures > SHOWN) console.log(`… and ${failures - SHOWN} more`);
    console.log(`${cases.toLocaleString('en')} cases, ${failures.toLocaleString('en')} failures, ${seconds} s`);
    if (failures > 0) console.log('`npm run faults -- --replay ID` shows what happens in one of them.');
  }
  process.exitCode = sum.failures > 0 ? 1 : 0;
}
