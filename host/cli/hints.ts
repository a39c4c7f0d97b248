import { Rc, Refusal } from '../../assembly/protocol.js';
import type { ErrorCode, OctobindError, Subject } from '../error.js';

// What to do about an error in this program's own words: its commands and options, of which the
// library knows nothing.

type BySubject = Partial<Record<Subject, string>>;

const HINTS: Partial<Record<ErrorCode, string | BySubject>> = {
  BOARD_MISSING: { 'board build': 'If it is elsewhere, give it with --elf.' },
  CONSENT_MISSING: {
    'key in clear': 'If it is that terminal and nobody listens, give its serial number with --in-clear.',
    'key in clear again': 'If you know why it has no key, give its serial number with --again too.',
    'key over another': 'With --over, no key is sent in clear.',
  },
  IMAGE_IN_USE: { 'started terminal': 'End that one, or give another folder with --dir.' },
  KEY_EXISTS: 'Give another folder with --keys.',
  KEY_MISSING: { 'master key': 'Make one with `octobind keys generate`, or name its folder with --keys.' },
  KEY_WRONG: 'Compare check values with `octobind keys status`; if they differ, give the right keys with --keys.',
  NOT_A_TERMINAL: { 'serial port': '`octobind ports` lists those there are.' },
  PLAN_INVALID: { 'card file': 'Or give the card file with --cards.' },
  PORT_BUSY: { 'TCP listener': 'Name another with --tcp.' },
  PORT_MISSING: { 'serial port': '`octobind ports` lists those there are.' },
  TRACE_INVALID: { trace: 'Record it again with `octobind record`.' },
  UNSUPPORTED: { 'pseudo-terminal': 'Use --tcp instead.' },
};

const FORMAT = 'If nothing on it is needed, run `octobind format`.';

const BY_REFUSAL: Partial<Record<Refusal, string>> = {
  [Refusal.FlashForeign]: FORMAT,
  [Refusal.FlashGeometry]: FORMAT,
  [Refusal.FlashDamaged]: FORMAT,
  [Refusal.FlashForged]: FORMAT,
  [Refusal.KeyMissing]: 'Load one with `octobind keys load`.',
};

const BY_RESULT: Partial<Record<number, string>> = {
  [Rc.BadState]: 'Look with `octobind keys status`.',
  [Rc.Corrupt]: 'Look at its state with `octobind info`.',
};

function hintOf({ code, subject, refusal, smpResult }: OctobindError): string | undefined {
  if (refusal !== undefined) return BY_REFUSAL[refusal];
  if (smpResult !== undefined) return BY_RESULT[smpResult];
  const hint = HINTS[code];
  return typeof hint === 'object' ? subject && hint[subject] : hint;
}

/** An error's message, with the hint before the code that ends it. */
export function messageWithHint(error: OctobindError): string {
  const hint = hintOf(error);
  if (hint === undefined) return error.message;
  const end = ` (${error.code})`;
  const said = error.message.slice(0, -end.length);
  return `${said}${said.endsWith('\n') ? '' : ' '}${hint}${end}`;
}
