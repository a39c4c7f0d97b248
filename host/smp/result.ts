import { EnumerationRc, Group, OsRc, Rc, type Refusal, StatRc } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import { refusalError } from '../refusals.js';
import type { Body } from './packet.js';

const NOT_SUPPORTED: number = Rc.NotSupported;

/** Messages for SMP's own result codes. `Rc.NotSupported` has the error code `UNSUPPORTED`. */
const SMP_SENTENCES: Partial<Record<number, string>> = {
  [Rc.Unknown]: 'The terminal failed and gave no reason. Repeat the request.',
  [Rc.NoMemory]: 'The terminal has no room for the request. Send less at once.',
  [Rc.Invalid]:
    'The terminal cannot read the request: a field is of the wrong type. Update host or firmware, whichever is older.',
  [Rc.Timeout]: 'The terminal waited too long for something. Repeat the request.',
  [Rc.NoEntry]: 'The terminal has nothing by that name. Check the name.',
  [Rc.BadState]: 'The terminal cannot do this in its present state. Look at its status.',
  [Rc.TooLong]: 'The answer would not fit. Ask for less at once.',
  [Rc.Corrupt]: 'The terminal found its own data corrupt, or the length of the request wrong. Repeat the request.',
  [Rc.Busy]: 'The terminal is busy. Repeat the request in a moment.',
  [Rc.AccessDenied]: 'The terminal does not allow this. Check that you may do it on this terminal.',
  [Rc.TooOld]: 'The terminal does not know so old a version of SMP. Update the host.',
  [Rc.TooNew]: 'The terminal does not know so new a version of SMP. Update its firmware.',
};

/** Messages for result codes of the standard groups, by `group:rc`. */
const GROUP_SENTENCES: Partial<Record<string, string>> = {
  [`${Group.Os}:${OsRc.InvalidFormat}`]: 'The terminal does not know that format. Check what was asked for.',
  [`${Group.Os}:${OsRc.QueryYieldsNoAnswer}`]: 'The terminal has no answer to that query. Ask without one.',
  [`${Group.Os}:${OsRc.RtcNotSet}`]: "The terminal's clock is not set. Set its date and time first.",
  [`${Group.Os}:${OsRc.RtcCommandFailed}`]:
    "The terminal's clock failed. Repeat it; if it fails again, have the terminal repaired.",
  [`${Group.Stat}:${StatRc.InvalidGroup}`]: 'The terminal has no such group of counters. Ask it for the list of them.',
  [`${Group.Enumeration}:${EnumerationRc.IndexTooLarge}`]:
    'The terminal has fewer groups. Ask it for the list of them.',
};

/**
 * The error that an answer reports, or undefined. SMP version 2 has `{"err": {"group", "rc"}}`.
 * Version 1, and version 2 if no group answered, have `{"rc"}`.
 */
export function answerError(body: Body): OctobindError | undefined {
  const { err, rc, slot, wait } = body;
  if (err === undefined) return rc === undefined || rc === 0 ? undefined : smpError(rc);
  if (!isGroupError(err)) return unreadable();
  if (err.group === Group.Card || err.group === Group.Session) {
    return refusalError(err.rc, {
      slot: typeof slot === 'number' ? slot : undefined,
      // CBOR has NaN and Infinity, which are not a time.
      waitMs: typeof wait === 'number' && Number.isFinite(wait) ? wait : undefined,
    });
  }
  return new OctobindError(
    'REFUSED',
    GROUP_SENTENCES[`${err.group}:${err.rc}`] ??
      `The terminal refused, with result ${err.rc} of group ${err.group}. Look it up in the documentation of its firmware.`,
  );
}

function isGroupError(err: unknown): err is { group: Group; rc: Refusal } {
  if (typeof err !== 'object' || err === null) return false;
  const { group, rc } = err as Body;
  return typeof group === 'number' && Number.isInteger(rc) && (rc as number) > 0;
}

function smpError(rc: unknown): OctobindError {
  if (typeof rc !== 'number') return unreadable();
  if (rc === NOT_SUPPORTED) {
    return new OctobindError('UNSUPPORTED', 'The terminal does not know this command. Update its firmware.');
  }
  return new OctobindError(
    'REFUSED',
    SMP_SENTENCES[rc] ??
      `The terminal refused, with SMP result ${rc}. Look it up in the documentation of its firmware.`,
    { smpResult: rc },
  );
}

function unreadable(): OctobindError {
  return new OctobindError('PROTOCOL', 'The terminal answered with an error that cannot be read. Update its firmware.');
}
