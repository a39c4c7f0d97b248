import type { Refusal } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import type { Named } from '../smp/failure.js';
import { type Attempts, notAuthentic } from './claim-errors.js';

/**
 * Tries after which a claim is passed on to the caller: the usual number, and one for claims
 * that are often true.
 */
export const USUAL = 6;
export const SOON = 3;
/** For what an honest terminal may say again and again: only the deadline ends it. */
export const PATIENT = Infinity;

/** Codes of what an answer said. All others tell of the line itself. */
const SAID: readonly string[] = ['REFUSED', 'UNSUPPORTED', 'PROTOCOL'];

/**
 * What came without the proof that was due: the terminal may have said it, or anybody on the
 * line. It is noise until it was heard `enough` times. Then it is passed on as what it is, in
 * the error that `failure` makes.
 */
export class Claim extends Error {
  constructor(
    readonly failure: (attempts: Attempts) => OctobindError,
    readonly enough: number = USUAL,
    /** How long it asks to wait, milliseconds. */
    readonly waitMs = 0,
    /** A lost answer was waited for already, so no pause is due. */
    readonly waited = false,
  ) {
    super('claimed without proof');
  }
}

/** What came for an answer and is not one: it was forged, or spoiled on the way. */
export function spoiledReply(asked: Named): Claim {
  return new Claim((attempts) => notAuthentic(asked, attempts));
}

/** What an error in clear says, or undefined if it tells of the line itself. */
export function claimedError(error: unknown): OctobindError | undefined {
  return error instanceof OctobindError && SAID.includes(error.code) ? error : undefined;
}

/** For what is only ever said in clear, of a terminal's state and of loading a key that it has not got yet: says so. */
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

/** An error that came in clear, as a claim. Some refusals have another `enough` than usual. */
export function claimOf(
  asked: Named,
  error: OctobindError,
  enough: Partial<Record<Refusal, number>> = {},
  waited = false,
): Claim {
  const tries = error.refusal === undefined ? undefined : enough[error.refusal];
  return new Claim((attempts) => notAuthentic(asked, attempts, error), tries, error.waitMs, waited);
}
