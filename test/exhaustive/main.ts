// Cuts the power and wears out sectors in every operation of a workload, on every geometry, and
// again in the recovery that follows. `npm run faults -- --help` says how. docs/STORE.md says what
// must hold, and what the cases are.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Unknown } from './errors.js';
import { geometries, geometryOf } from './geometry.js';
import { SHOWN, sweepAll } from './share.js';

const USAGE = `usage: npm run faults -- [options]

  --every N         run every N-th case (default 12); 1 runs all of them
  --geometry NAME   this geometry alone, as 4096x16u1: 16 sectors of 4096 bytes, program unit 1; may be repeated
  --replay ID       run one case, with a trace of what happens
  --checked         the firmware with its assertions, build/checked/terminal.wasm
  --stop            end at the first failure
  --json            a line of JSON for each failure, and one at the end
`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        every: { type: 'string', default: '12' },
        geometry: { type: 'string', multiple: true },
        replay: { type: 'string' },
        checked: { type: 'boolean', default: false },
        stop: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const every = Number(values.every);
    if (!Number.isSafeInteger(every) || every < 1) throw new Error('--every takes a whole number from 1');
    values.geometry?.forEach(geometryOf);
    const file = `../../build/${values.checked ? 'checked/' : ''}terminal.wasm`;
    const wasm = fileURLToPath(new URL(file, import.meta.url));
    if (!existsSync(wasm)) throw new Error(`no firmware at ${wasm}: build it first, by npm run build`);
    return { ...values, wasm, every };
  } catch (error) {
    return misused(error);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function misused(error: unknown): never {
  process.stderr.write(`${messageOf(error)}\n${USAGE}`);
  process.exit(2);
}

/** Runs one case. Returns whether it holds. */
async function replayed(id: string, wasm: string): Promise<boolean> {
  // Threads need this, and this one does only for a replay: it takes a while to load.
  const { replay } = await import('./replay.js');
  try {
    replay(wasm, id, console.log);
    console.log('holds');
    return true;
  } catch (error) {
    if (error instanceof Unknown) misused(error);
    console.log(`FAILS: ${messageOf(error)}`);
    return false;
  }
}

const { help, replay: id, wasm, every, geometry, stop, json } = options();
if (help) process.stdout.write(USAGE);
else if (id !== undefined) process.exitCode = (await replayed(id, wasm)) ? 0 : 1;
else {
  const sum = await sweepAll(geometry ?? geometries(), { wasm, every, stop, json });
  if (json) console.log(JSON.stringify(sum));
  else {
    const { cases, failures, seconds } = sum;
    if (failures > SHOWN) console.log(`… and ${failures - SHOWN} more`);
    console.log(`${cases.toLocaleString('en')} cases, ${failures.toLocaleString('en')} failures, ${seconds} s`);
    if (failures > 0) console.log('`npm run faults -- --replay ID` shows what happens in one of them.');
  }
  process.exitCode = sum.failures > 0 ? 1 : 0;
}
