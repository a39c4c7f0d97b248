import { OctobindError, type ErrorCode } from '../error.js';

/** What the program answers to its shell. */
export enum Exit {
  Done = 0,
  Refused = 1,
  Usage = 2,
  NoLink = 3,
  /** 128 + SIGINT, as shells count. */
  Interrupted = 130,
}

const USAGE: readonly ErrorCode[] = [
  'USAGE',
  'LINK_ADDRESS',
  'SEVERAL_TERMINALS',
  'CARD_FILE_MODE',
  'CARD_FILE_INVALID',
  'PLAN_INVALID',
  'FAULTS_INVALID',
  'KEY_MISSING',
  'KEY_EXISTS',
  'KEY_RECORD',
  'PASSWORDS_INVALID',
];

const NO_LINK: readonly ErrorCode[] = [
  'LINK_TIMEOUT',
  'LINK_CLOSED',
  'LINK_FAILED',
  'PORT_MISSING',
  'PORT_BUSY',
  'PORT_DENIED',
  'NOT_A_TERMINAL',
  'NO_TERMINAL',
];

export function exitOf(error: unknown): Exit {
  if (!(error instanceof OctobindError)) return Exit.Refused;
  if (error.code === 'ABORTED') return Exit.Interrupted;
  if (USAGE.includes(error.code)) return Exit.Usage;
  return NO_LINK.includes(error.code) ? Exit.NoLink : Exit.Refused;
}
