import type { Refusal } from '../assembly/protocol.js';

/** What went wrong, for programs. It also ends every message, so that a user can quote it. */
export type ErrorCode =
  // From the terminal.
  | 'REFUSED'
  | 'UNSUPPORTED'
  | 'TERMINAL_FAILED'
  | 'PROTOCOL'
  | 'NOT_AUTHENTIC'
  | 'UNPROVEN'
  | 'KEY_WRONG'
  // From the line to it.
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
  | 'CONSENT_MISSING'
  | 'USAGE'
  | 'CARD_FILE_MODE'
  | 'CARD_FILE_INVALID'
  | 'PLAN_INVALID'
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
  | 'FIRMWARE';

/** The link did not open, or was lost. */
export const LINK_CODES: ReadonlySet<ErrorCode> = new Set([
  'LINK_TIMEOUT',
  'LINK_CLOSED',
  'LINK_FAILED',
  'PORT_MISSING',
  'PORT_BUSY',
  'PORT_DENIED',
]);

/** What an error is about, if its code alone does not tell. */
export type Subject =
  | 'board build'
  | 'card file'
  | 'key in clear'
  | 'key in clear again'
  | 'key over another'
  | 'master key'
  | 'pseudo-terminal'
  | 'serial port'
  | 'started terminal'
  | 'TCP listener'
  | 'trace';

export interface ErrorDetails {
  subject?: Subject | undefined;
  /** Why the terminal refused: with code `REFUSED` alone. */
  refusal?: Refusal | undefined;
  /**
   * What was said without proof, by the terminal or by anybody on the line: with `NOT_AUTHENTIC`
   * and `KEY_WRONG` alone.
   */
  claim?: Refusal | undefined;
  /** SMP's own result code (`Rc`), if the terminal refused with one: with code `REFUSED` alone. */
  smpResult?: number | undefined;
  /** The slot that the refusal is about, 1 to 8. */
  slot?: number | undefined;
  /** Milliseconds after which the terminal takes the next try: with `Refusal.TooSoon` alone. */
  waitMs?: number | undefined;
  /** What was waited for in vain, and for how many milliseconds. */
  awaited?: { what: string; ms: number } | undefined;
  cause?: unknown;
}

/**
 * The only error that this package throws on purpose. A message says what happened and what to do,
 * never a card number. It names no option and no command of the CLI, which adds those itself.
 */
export class OctobindError extends Error {
  override readonly name = 'OctobindError';
  declare readonly subject?: Subject;
  declare readonly refusal?: Refusal;
  declare readonly claim?: Refusal;
  declare readonly smpResult?: number;
  declare readonly slot?: number;
  declare readonly waitMs?: number;
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
    if (details.awaited !== undefined) this.awaited = details.awaited;
  }
}

/** Why the file system refused: its code, `ENOENT` and so on. */
export const reasonOf = (cause: unknown): string => (cause as { code?: string }).code ?? 'unknown reason';
