import type { Refusal } from '../assembly/protocol.js';

/** The cause of an error, for programs. It also ends each message, so that users can quote it. */
export type ErrorCode =
  // From the terminal.
  | 'REFUSED'
  | 'UNSUPPORTED'
  | 'TERMINAL_FAILED'
  | 'PROTOCOL'
  | 'NOT_AUTHENTIC'
  | 'UNPROVEN'
  | 'WRONG_TERMINAL'
  | 'KEY_WRONG'
  // From the link to the terminal.
  | 'LINK_TIMEOUT'
  | 'LINK_CLOSED'
  | 'LINK_FAILED'
  | 'LINK_ADDRESS'
  | 'PORT_MISSING'
  | 'PORT_BUSY'
  | 'PORT_DENIED'
  | 'NOT_A_TERMINAL'
  | 'NO_TERMINAL'
  | 'SEVERAL_TERMINALS'
  // From the caller and the caller's files.
  | 'ABORTED'
  | 'OUTPUT_FAILED'
  | 'CONSENT_MISSING'
  | 'USAGE'
  | 'CARD_FILE_MODE'
  | 'CARD_FILE_INVALID'
  | 'PLAN_INVALID'
  | 'POLICY_INVALID'
  | 'FAULTS_INVALID'
  | 'PASSWORDS_INVALID'
  // From the emulator and the firmware's file.
  | 'IMAGE_SIZE'
  | 'IMAGE_IN_USE'
  | 'BOARD_MISSING'
  | 'BOARD_FAILED'
  | 'TRACE_INVALID'
  | 'TRACE_DIFFERS'
  | 'TRACE_EXISTS'
  | 'TRACE_FAILED'
  | 'KEY_MISSING'
  | 'KEY_EXISTS'
  | 'KEY_RECORD'
  | 'AUDIT_LOG'
  | 'AUDIT_INCOMPLETE'
  | 'FIRMWARE'
  | 'SCREEN';

/** Codes of a link that did not open, was lost, or carried no reply in time. */
export const LINK_CODES: ReadonlySet<ErrorCode> = new Set([
  'LINK_TIMEOUT',
  'LINK_CLOSED',
  'LINK_FAILED',
  'PORT_MISSING',
  'PORT_BUSY',
  'PORT_DENIED',
]);

/** What an error is about, if its code alone does not say it. The CLI picks its hint by this. */
export type Subject =
  | 'board build'
  | 'card file'
  | 'key in clear'
  | 'key in clear again'
  | 'key over another'
  | 'master key'
  | 'pseudo-terminal'
  | 'serial number'
  | 'serial port'
  | 'started terminal'
  | 'TCP listener'
  | 'trace';

/** What is known about an error beside its code. */
export interface ErrorDetails {
  subject?: Subject | undefined;
  /** Why the terminal refused. Only with code `REFUSED`. */
  refusal?: Refusal | undefined;
  /**
   * What the terminal, or anybody on the line, said without proof. Only with codes `NOT_AUTHENTIC`
   * and `KEY_WRONG`.
   */
  claim?: Refusal | undefined;
  /** SMP's own result code (`Rc`), if the terminal refused with one. Only with code `REFUSED`. */
  smpResult?: number | undefined;
  /** The slot that the refusal is about, 1 to 8. */
  slot?: number | undefined;
  /** Milliseconds until the terminal accepts the next try. Only with `Refusal.TooSoon`. */
  waitMs?: number | undefined;
  /** What the host waited for without success, and for how many milliseconds. */
  awaited?: { what: string; ms: number } | undefined;
  /** Where a firmware trapped, and from where that was called: with `FIRMWARE` alone. */
  calls?: readonly string[] | undefined;
  cause?: unknown;
}

/**
 * The only error that this package throws on purpose, besides a RangeError for a wrong length. A
 * message says what happened and what to do, and never contains a card number. It names no option
 * and no command of the CLI, because the CLI adds those itself.
 */
export class OctobindError extends Error {
  override readonly name = 'OctobindError';
  declare readonly subject?: Subject;
  declare readonly refusal?: Refusal;
  declare readonly claim?: Refusal;
  declare readonly smpResult?: number;
  declare readonly slot?: number;
  declare readonly waitMs?: number;
  declare readonly calls?: readonly string[];
  declare readonly awaited?: { readonly what: string; readonly ms: number };

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(`${message} (${code})`, details.cause === undefined ? undefined : { cause: details.cause });
    if (details.subject !== undefined) this.subject = details.subject;
    if (details.refusal !== undefined) this.refusal = details.refusal;
    if (details.claim !== undefined) this.claim = details.claim;
    if (details.smpResult !== undefined) this.smpResult = details.smpResult;
    if (details.slot !== undefined) this.slot = details.slot;
    if (details.waitMs !== undefined) this.waitMs = details.waitMs;
    if (details.calls !== undefined) this.calls = details.calls;
    if (details.awaited !== undefined) this.awaited = details.awaited;
  }
}

/** Reasons whose code alone would send people looking in the wrong place. */
const REASONS: Partial<Record<string, string>> = {
  EDQUOT: 'the quota of the disk is used up (EDQUOT)',
  EFBIG: 'the file would be larger than this process may write (EFBIG, `ulimit -f`)',
  EMFILE: 'this process may open no more files (EMFILE, `ulimit -n`)',
  ENFILE: 'this machine may open no more files (ENFILE)',
  ENOSPC: 'the disk is full (ENOSPC)',
  EROFS: 'the file system is read-only (EROFS)',
};

/** The reason that the system gave: its error code, such as `ENOENT`, or a sentence with it. */
export function reasonOf(cause: unknown): string {
  const { code } = cause as { code?: string };
  return code === undefined ? 'unknown reason' : (REASONS[code] ?? code);
}
