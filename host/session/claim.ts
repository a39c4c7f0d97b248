import type { Refusal } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import type { Named } from '../smp/failure.js';
import { type Attempts, notAuthentic } from './claim-errors.js';

/**
 * After this many tries, the caller gets the claim as an error: usually, and for claims that are
 * often true.
 */
export const USUAL = 6;
export const SOON = 3;
/** For claims that an honest terminal may repeat for long: only the deadline ends the tries. */
export const PATIENT = Infinity;

/** Error codes that come from an answer. All others come from the line. */
const SAID: readonly string[] = ['REFUSED', 'UNSUPPORTED', 'PROTOCOL'];

/**
 * An answer without the proof that it needs. It may come from the terminal, or from anybody on the
 * line. The request is repeated until `enough` of them came. Then the caller gets the error that
 * `failure` returns, which says that nothing is proven.
 */
export class Claim extends Error {
  constructor(
    readonly failure: (attempts: Attempts) => OctobindError,
    readonly enough: number = USUAL,
    /** How many milliseconds it asks to wait. */
    readonly waitMs = 0,
    /** The wait for a lost answer was pause enough. */
    readonly waited = false,
  ) {
    super('claimed without proof');
  }
}

/** For an answer that cannot be read or opened: it was forged, or spoiled on the way. */
export function spoiledReply(asked: Named): Claim {
  return new Claim((attempts) => notAuthentic(asked, attempts));
}

/** Returns an error that comes from an answer in clear; undefined for an error of the line. */
export function claimedError(error: unknown): OctobindError | undefined {
  return error instanceof OctobindError && SAID.includes(error.code) ? error : undefined;
}

/**
 * Throws an error again, and adds that it came in clear. For commands whose answers always do: the
 * status, and loading a key that the terminal does not have yet.
 */
export function rethrowInClear(error: unknown): never {
  const claimed = claimedError(error);
  if (!claimed) throw error;
  const { code, message, refusal, smpResult, waitMs } = claimed;
  throw new OctobindError(
    code,
    `${message.replace(` (${code})`, '')} That is said in clear, so anybody on the line can say it.`,
    { refusal, smpResult, waitMs, cause: claimed },
  );
}

/** Returns an error that came in clear as a claim. `enough` is per refusal; `USUAL` for others. */
export function claimOf(
  asked: Named,
  error: OctobindError,
  enough: Partial<Record<Refusal, number>> = {},
  waited = false,
): Claim {
  const tries = error.refusal === undefined ? undefined : enough[error.refusal];
  return new Claim((attempts) => notAuthentic(asked, attempts, error), tries, error.waitMs, waited);
}
