import { onAbort } from '../abort.js';
import type { Clock } from '../clock.js';
import { OctobindError } from '../error.js';
import { Claim } from './claim.js';

const FIRST_PAUSE_MS = 40;
export const LONGEST_PAUSE_MS = 1000;

export interface Limits {
  readonly clock: Clock;
  /** On that clock. */
  readonly deadline: number;
  /** Each ends a pause at once; the try that follows fails by it. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Tries until an attempt succeeds or fails by anything but a claim. Between two tries there is
 * always a pause, a longer one each time, or the wait for an answer that was lost, so that who
 * claims at once and for ever gets few packets out of this host.
 */
export async function retryClaims<T>(attempt: () => Promise<T>, { clock, deadline, signals }: Limits): Promise<T> {
  const startedAt = clock.now();
  let backoffMs = FIRST_PAUSE_MS;
  let tries = 0;
  /** The claim that will be passed on, and those that count towards that. */
  let telling: Claim | undefined;
  let counted = 0;
  const failed = (claim: Claim): OctobindError => claim.failure({ tries, ms: clock.now() - startedAt });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      // The last try had little time, so its silence tells less than what was claimed before.
      if (telling && isTimeout(error) && Math.round(deadline - clock.now()) <= 0) throw failed(telling);
      if (!(error instanceof Claim)) throw error;
      tries++;
      const { enough, waitMs, waited } = error;
      counted = enough < (telling?.enough ?? Infinity) ? 1 : counted + 1;
      if (enough <= (telling?.enough ?? Infinity)) telling = error;
      const pauseMs = waited ? 0 : Math.min(Math.max(waitMs, backoffMs), LONGEST_PAUSE_MS);
      if (counted >= (telling?.enough ?? Infinity) || clock.now() + pauseMs >= deadline) throw failed(telling ?? error);
      if (waited) continue;
      // Who asked for more than this pause is early for the next try, and not yet wrong.
      if (waitMs <= LONGEST_PAUSE_MS) backoffMs *= 2;
      await pause(clock, pauseMs, signals);
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof OctobindError && error.code === 'LINK_TIMEOUT';
}

/** Waits, or less if that is aborted. */
export function pause(clock: Clock, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clock.clearTimeout(timer);
      for (const release of releases) release();
      resolve();
    };
    const timer = clock.setTimeout(end, ms);
    const releases = signals.map((signal) => onAbort(signal, end));
    if (signals.some(({ aborted }) => aborted)) end();
  });
}
