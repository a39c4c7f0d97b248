import { OctobindError } from '../error.js';
import type { TerminalKey } from '../session/opening.js';
import type { Terminal } from '../terminal/terminal.js';
import { inParallel } from './parallel.js';
import { type FindOptions, findTargets, keyFor, notBegun, type Target, type Wanted } from './targets.js';

/**
 * What became of one terminal: what was noted of it, and `error` if its work did not end well.
 */
export type Outcome<R> = Target & R;

/** What every work on many terminals needs. */
export interface FleetOptions<R> extends FindOptions {
  /** Called when a terminal is done, whether it succeeded or failed. */
  onOutcome?: ((outcome: Outcome<R>) => void) | undefined;
}

/**
 * Works on one terminal. What it notes stays in the outcome if it fails later. `serial` is what
 * the terminal is known by, if it was asked.
 */
export type Work<R> = (
  terminal: Terminal,
  at: { readonly name: string; readonly port: string; readonly serial?: string | undefined },
  note: (part: Partial<Outcome<R>>) => void,
) => Promise<void>;

/**
 * Finds terminals (`findTargets`), then works on each. An outcome begins as `initial`. Outcomes
 * come in the order of `wanted`. A terminal that fails does not stop the others. If the signal
 * aborts, those that were not done have the error `ABORTED`, and what was done is kept. Code:
 * `WRONG_TERMINAL`, before anything is done.
 *
 * This is where all work on terminals of a fleet passes.
 */
export async function onTerminals<R extends object>(
  wanted: readonly Wanted[],
  key: TerminalKey,
  initial: R,
  options: FleetOptions<R>,
  work: Work<R>,
): Promise<Outcome<R>[]> {
  const targets = await findTargets(wanted, options);
  return inParallel(targets, options, async (target) => {
    const outcome = await workOn({ ...target, ...initial }, key, options, work);
    options.onOutcome?.(outcome);
    return outcome;
  });
}

async function workOn<R extends object>(
  start: Outcome<R>,
  key: TerminalKey,
  options: FleetOptions<R>,
  work: Work<R>,
): Promise<Outcome<R>> {
  const { name, port, serial } = start;
  if (start.error || port === undefined) return start;
  if (options.signal?.aborted) return { ...start, error: notBegun() };
  const outcome = { ...start };
  let terminal: Terminal | undefined;
  try {
    terminal = options.connect(port, keyFor(serial, port, key), name);
    await work(terminal, { name, port, serial }, (part) => Object.assign(outcome, part));
    return outcome;
  } catch (error) {
    if (error instanceof OctobindError) return { ...outcome, error };
    // A question that Ctrl-C ended, for example.
    if (options.signal?.aborted) return { ...outcome, error: notBegun() };
    throw error;
  } finally {
    await terminal?.close();
  }
}
