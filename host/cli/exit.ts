import { type ErrorCode, LINK_CODES, OctobindError } from '../error.js';

/** Exit codes of the program. */
export enum Exit {
  Done = 0,
  Refused = 1,
  Usage = 2,
  NoLink = 3,
  /** 128 + the number of SIGINT, as shells do. */
  Interrupted = 130,
}

/** Wrong arguments, and every file that was given and is missing, wrong or in the way. */
const USAGE: readonly ErrorCode[] = [
  'USAGE',
  'LINK_ADDRESS',
  'SEVERAL_TERMINALS',
  'CARD_FILE_MODE',
  'CARD_FILE_INVALID',
  'PLAN_INVALID',
  'POLICY_INVALID',
  'FAULTS_INVALID',
  'PASSWORDS_INVALID',
  'IMAGE_SIZE',
  'BOARD_MISSING',
  'TRACE_INVALID',
  'TRACE_EXISTS',
  'KEY_MISSING',
  'KEY_EXISTS',
  'KEY_RECORD',
  'AUDIT_LOG',
];

/** There is no port, or no terminal at the port. */
const NO_TERMINAL: readonly ErrorCode[] = ['NOT_A_TERMINAL', 'NO_TERMINAL'];

export function exitOf(error: unknown): Exit {
  if (!(error instanceof OctobindError)) return Exit.Refused;
  if (error.code === 'ABORTED') return Exit.Interrupted;
  if (USAGE.includes(error.code)) return Exit.Usage;
  return LINK_CODES.has(error.code) || NO_TERMINAL.includes(error.code) ? Exit.NoLink : Exit.Refused;
}
