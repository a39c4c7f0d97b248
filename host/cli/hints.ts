import { Rc, Refusal } from '../../assembly/protocol.js';
import type { ErrorCode, OctobindError, Subject } from '../error.js';

// Hints on what to do about an error, with commands and options of this program. The library does
// not know them.

type BySubject = Partial<Record<Subject, string>>;

const HINTS: Partial<Record<ErrorCode, string | BySubject>> = {
  AUDIT_LOG: 'Or give another file with --audit.',
  BOARD_MISSING: { 'board build': 'If the build is elsewhere, give its path with --elf.' },
  CONSENT_MISSING: {
    'key in clear': 'If it is that terminal and nobody listens on the line, give its serial number with --in-clear.',
    'key in clear again': 'If you know why it has no key, give its serial number with --again too.',
    'key over another': 'With --over, no key is sent in clear.',
  },
  IMAGE_IN_USE: { 'started terminal': 'Stop that one, or give another folder with --dir.' },
  LINK_TIMEOUT: 'If the line is slow, give it more time with --timeout.',
  KEY_EXISTS: 'Give another folder with --keys.',
  KEY_MISSING: { 'master key': 'Create a master key with `octobind keys generate`, or give its folder with --keys.' },
  KEY_WRONG:
    'Compare the check values with `octobind keys status`. If they differ, give the folder of the right master key with --keys.',
  NOT_A_TERMINAL: { 'serial port': 'See the list of `octobind ports`.' },
  PLAN_INVALID: { 'card file': 'Or give the card file with --cards.' },
  PORT_BUSY: { 'TCP listener': 'Choose another port with --tcp.' },
  PORT_MISSING: {
    'serial number': 'See the list of `octobind ports`.',
    'serial port': 'See the list of `octobind ports`.',
  },
  TRACE_INVALID: { trace: 'Record it again with `octobind record`.' },
  UNSUPPORTED: { 'pseudo-terminal': 'Use --tcp instead.' },
};

const FORMAT = 'If you need nothing that is on it, run `octobind format`.';

const BY_REFUSAL: Partial<Record<Refusal, string>> = {
  [Refusal.FlashForeign]: FORMAT,
  [Refusal.FlashGeometry]: FORMAT,
  [Refusal.FlashDamaged]: FORMAT,
  [Refusal.FlashForged]: FORMAT,
  [Refusal.PolicyLost]: 'To set it, run `octobind policy set FILE`.',
  [Refusal.KeyMissing]: 'To load a key, run `octobind keys load`.',
};

const BY_RESULT: Partial<Record<number, string>> = {
  [Rc.BadState]: 'See its state with `octobind keys status`.',
  [Rc.Corrupt]: 'See its state with `octobind info`.',
};

function hintOf({ code, subject, refusal, smpResult }: OctobindError): string | undefined {
  if (refusal !== undefined) return BY_REFUSAL[refusal];
  if (smpResult !== undefined) return BY_RESULT[smpResult];
  const hint = HINTS[code];
  return typeof hint === 'object' ? subject && hint[subject] : hint;
}

/** An error's message, with its hint before the code at the end. */
export function messageWithHint(error: OctobindError): string {
  const hint = hintOf(error);
  if (hint === undefined) return error.message;
  const end = ` (${error.code})`;
  const text = error.message.slice(0, -end.length);
  return `${text}${text.endsWith('\n') ? '' : ' '}${hint}${end}`;
}
