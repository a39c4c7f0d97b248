// The builds of `npm run dev` after a change.
import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { buildBoard } from '../board/board.js';
import { build, type Run, type Step } from '../make/make.mjs';
import { RECORDS, STEPS } from '../make/steps.mjs';
import { log, secondsSince } from './log.js';
import { Resident } from './resident.js';

/** Lets everything else on the machine run first. */
const LOWEST_PRIORITY = 19;
/** Changes when a compiler is updated; the compilers are then started again. */
const PACKAGES = 'package-lock.json';

export class Builds {
  readonly #compilers = new Map([
    [
      'debug',
      new Resident('tools/dev/firmware-compiler.ts', [PACKAGES, 'asconfig.transform.mjs', 'as-pect.asconfig.json']),
    ],
    ['host', new Resident('tools/dev/host-compiler.ts', [PACKAGES])],
  ]);
  #release: ChildProcess | undefined;
  #isWarm = false;

  /** Builds firmware, host and board. `done` is true if nothing failed; `ran` has the steps. */
  async run(board: string | undefined): Promise<{ done: boolean; ran: readonly string[] }> {
    const { ran, failed } = await build(['debug', 'host'], { steps: STEPS, records: RECORDS, run: this.#runStep });
    if (failed.length > 0 || board === undefined) return { done: failed.length === 0, ran };
    const began = performance.now();
    const made = await buildBoard(board, { debug: true, run: runQuietly });
    if (made.ran.length > 0) log(`built ${board}: ${made.ran.length} steps, ${secondsSince(began)}`);
    return { done: made.built, ran: [...ran, ...made.ran] };
  }

  /** Builds the release firmware, for the host's tests, at the lowest priority. */
  async runRelease(): Promise<void> {
    const began = performance.now();
    const run: Run = (step) =>
      new Promise((resolve) => {
        const [program = '', ...arguments_] = step.command;
        this.#release = spawn(program, arguments_, { stdio: 'ignore' }).once('close', (status) =>
          resolve(status === 0),
        );
        if (this.#release.pid !== undefined) setPriority(this.#release.pid, LOWEST_PRIORITY);
      });
    const { ran } = await build(['firmware'], { steps: STEPS, records: RECORDS, run });
    this.#release = undefined;
    if (ran.includes('firmware')) log(`built release firmware: ${secondsSince(began)}`);
  }

  /** Loads the compilers, so that the next change is built quickly. */
  async warm(): Promise<void> {
    if (this.#isWarm) return;
    this.#isWarm = true;
    await Promise.all([...this.#compilers.values()].map((compiler) => compiler.warm()));
    log('compilers are ready');
  }

  /** Stops building the release firmware: something more urgent is due. */
  stopRelease(): void {
    this.#release?.kill();
  }

  stop(): void {
    this.stopRelease();
    for (const compiler of this.#compilers.values()) compiler.stop();
  }

  readonly #runStep: Run = async (step, why) => {
    const began = performance.now();
    const { done, lines } = await (this.#compilers.get(step.name)?.work() ?? commandOf(step));
    log(`${done ? 'built' : 'FAILED'} ${step.name}: ${secondsSince(began)}, ${why}`, lines);
    return done;
  };
}

/** Runs a step's command. `lines` are what it prints to standard error. */
function commandOf({ command: [program = '', ...arguments_] }: Step): Promise<{ done: boolean; lines: string[] }> {
  return new Promise((resolve, reject) => {
    let text = '';
    const child = spawn(program, arguments_, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    child.once('error', reject);
    child.once('close', (status) =>
      resolve({ done: status === 0, lines: text.split('\n').filter((line) => line !== '') }),
    );
  });
}

/** Runs a step of a board. There are many, so only errors and warnings are printed. */
async function runQuietly(step: Step): Promise<boolean> {
  const { done, lines } = await commandOf(step);
  if (!done || lines.length > 0) log(`${done ? 'built' : 'FAILED'} ${step.name}`, lines);
  return done;
}
