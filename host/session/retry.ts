import { onAbort } from '../abort.js';
import type { Clock } from '../clock.js';
import { OctobindError } from '../error.js';
import { Claim } from './claim.js';

const FIRST_PAUSE_MS = 40;
export const LONGEST_PAUSE_MS = 1000;

export interface Limits {
  readonly clock: Clock;
  /** In milliseconds of that clock. */
  readonly deadline: number;
  /** An aborted signal ends a pause at once. The next try then fails. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Tries until an attempt succeeds, fails with an error that is no claim, or enough claims came, or
 * until the deadline. Between two tries there is a pause, longer each time, or the wait for a lost
 * answer. So this host sends few packets to somebody who answers with claims at once and for ever.
 */
export async function retryClaims<T>(attempt: () => Promise<T>, { clock, deadline, signals }: Limits): Promise<T> {
  const startedAt = clock.now();
  let backoffMs = FIRST_PAUSE_MS;
  let tries = 0;
  /** The claim that the caller will get, and how many claims count towards its `enough`. */
  let telling: Claim | undefined;
  let counted = 0;
  const failed = (claim: Claim): OctobindError => claim.failure({ tries, ms: clock.now() - startedAt });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      // The last try had little time, so the claim before it says more than its timeout.
      if (telling && isTimeout(error) && Math.round(deadline - clock.now()) <= 0) throw failed(telling);
      if (!(error instanceof Claim)) throw error;
      tries++;
      const { enough, waitMs, waited } = error;
      counted = enough < (telling?.enough ?? Infinity) ? 1 : counted + 1;
      if (enough <= (telling?.enough ?? Infinity)) telling = error;
      const pauseMs = waited ? 0 : Math.min(Math.max(waitMs, backoffMs), LONGEST_PAUSE_MS);
      if (counted >= (telling?.enough ?? Infinity) || clock.now() + pauseMs >= deadline) throw failed(telling ?? error);
      if (waited) continue;
      // After a longer wait than `LONGEST_PAUSE_MS` was asked for, the next try comes too early,
      // and its claim is no reason for a longer pause.
      if (waitMs <= LONGEST_PAUSE_MS) backoffMs *= 2;
      await pause(clock, pauseMs, signals);
    }
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof OctobindError && error.code === 'LINK_TIMEOUT';
}

/** Waits `ms`, or until one of the signals is aborted. */
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
