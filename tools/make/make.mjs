// @ts-check
// Runs the steps whose inputs or outputs have other contents than after their last run.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { digestsOf, filesOf, firstDifference } from './digest.mjs';
import { Inputs } from './inputs.mjs';
import { locked } from './lock.mjs';
import { Turns } from './turns.mjs';

/** @typedef {import('./digest.mjs').Digests} Digests */
/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} [after] Steps that make inputs of this one.
 * @property {readonly string[]} inputs Files, and folders with all that is in them.
 * @property {string} [depfile] A file that the command writes and that names more inputs, as that
 *   of gcc's -MD does.
 * @property {Digests} [versions] Versions of the tools that the command uses.
 * @property {readonly string[]} command
 * @property {readonly string[]} outputs Files, and folders with all that is in them.
 * @property {string} [state] A file in which the command remembers its last run. It is removed if
 *   the outputs have changed since, so that the command makes all of them again.
 * @property {(output: string) => string} [sourceOf] Returns the input that an output is made from.
 *   Outputs whose input is gone are removed.
 */
/** @typedef {(step: Step, why: string) => Promise<boolean>} Run Returns false if it failed. */
/** @typedef {{ inputs: Digests, outputs: Digests }} Record The inputs and outputs of a run. */

const JOBS = 2;

/**
 * Builds steps, each after the steps in its `after`. Two run at a time. Returns the names of those
 * that ran, and of those that failed.
 * @param {readonly string[]} names
 * @param {{ steps: readonly Step[], records: string, run?: Run }} options `records` is the folder
 *   with the records of the last runs.
 * @returns {Promise<{ ran: string[], failed: string[] }>}
 */
export async function build(names, { steps, records, run = runAloud }) {
  const turns = new Turns(JOBS);
  const inputs = new Inputs();
  /** @type {Map<string, Promise<boolean>>} */
  const begun = new Map();
  /** @type {string[]} */
  const ran = [];
  /** @type {string[]} */
  const failed = [];

  /** @param {string} name @returns {Promise<boolean>} */
  const once = (name) => {
    const known = begun.get(name) ?? settle(name);
    begun.set(name, known);
    return known;
  };

  /** @param {string} name */
  const settle = async (name) => {
    const step = steps.find((one) => one.name === name);
    if (!step) throw new Error(`there is no step ${name}`);
    const before = await Promise.all((step.after ?? []).map(once));
    if (before.includes(false)) return false;
    const path = `${records}/${name.replaceAll('/', '-')}`;
    if (whyStale(step, recordAt(`${path}.json`), inputs) === undefined) return true;
    return turns.take(() =>
      locked(`${path}.lock`, async () => {
        // Another process may have run the step meanwhile.
        const record = recordAt(`${path}.json`);
        const why = whyStale(step, record, inputs);
        if (why === undefined) return true;
        const done = await perform(step, `${path}.json`, record, inputs, () => run(step, why));
        (done ? ran : failed).push(name);
        return done;
      }),
    );
  };

  await Promise.all(names.map(once));
  return { ran, failed };
}

/**
 * @param {Step} step
 * @param {string} path Of its record.
 * @param {Record | undefined} record
 * @param {Inputs} inputs
 * @param {() => Promise<boolean>} run
 */
async function perform(step, path, record, inputs, run) {
  if (step.state && (!record || firstDifference(record.outputs, digestsOf(step.outputs)) !== undefined)) {
    rmSync(step.state, { force: true });
  }
  // Remove the record, so that nothing counts as built if the run is killed.
  rmSync(path, { force: true });
  const began = Date.now();
  const given = inputs.declaredBy(step);
  const done = await run();
  if (done) {
    for (const output of step.outputs.flatMap(filesOf)) {
      if (step.sourceOf && !existsSync(step.sourceOf(output))) rmSync(output);
    }
    const all = { ...inputs.foundBy(step, began), ...given };
    writeFileSync(path, JSON.stringify({ inputs: all, outputs: digestsOf(step.outputs) }));
  } else if (record) writeFileSync(path, JSON.stringify(record));
  return done;
}

/**
 * Says why a step is not up to date, by the first change found. Undefined if it is up to date.
 * @param {Step} step
 * @param {Record | undefined} record
 * @param {Inputs} inputs
 */
function whyStale(step, record, inputs) {
  if (!record) return 'first build';
  const input = firstDifference(record.inputs, { ...inputs.foundBy(step), ...inputs.declaredBy(step) });
  if (input !== undefined) return `${input} changed`;
  const output = firstDifference(record.outputs, digestsOf(step.outputs));
  return output === undefined ? undefined : `${output} is not as it was built`;
}

/**
 * @param {string} path
 * @returns {Record | undefined}
 */
function recordAt(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @type {Run} */
function runAloud(step, why) {
  console.error(`Building ${step.name} (${why}) …`);
  return runCommand(step);
}

/**
 * Runs a step's command, which prints to standard error.
 * @param {Step} step
 * @returns {Promise<boolean>}
 */
export function runCommand({ command: [program = '', ...arguments_] }) {
  return new Promise((resolve, reject) => {
    spawn(program, arguments_, { stdio: ['ignore', 2, 2] })
      .once('error', reject)
      .once('close', (status) => resolve(status === 0));
  });
}
