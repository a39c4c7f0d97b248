import { OctobindError, type Subject } from '../error.js';
import type { KeyedRecord } from './keyed-record.js';

/** The word of a person who answers for it that a key is sent in clear. */
export interface Consent {
  /** Whether the terminal of this serial number may be sent its key in clear. */
  inClear(serial: string): boolean | Promise<boolean>;
  /** Whether that holds even though it was given a key at `when`, an ISO date. */
  again(serial: string, when: string): boolean | Promise<boolean>;
}

/**
 * Decides whether a terminal that claims to have no live key is sent one in clear, and records that
 * before it happens. Code: `CONSENT_MISSING`.
 */
export async function admitInClear(serial: string, record: KeyedRecord, consent: Consent): Promise<void> {
  if (!(await consent.inClear(serial))) {
    throw refused(
      `${claim(serial)} Nothing proves that, and its key would cross the line in clear: nothing was sent.`,
      'key in clear',
    );
  }
  const when = record.lastKeyed(serial);
  if (when !== undefined && !(await consent.again(serial, when))) {
    throw refused(
      `${claim(serial)} But it was loaded on ${when}, or loading began then: it was tampered with, loading was cut off, or this is not that terminal. Nothing was sent.`,
      'key in clear again',
    );
  }
  record.add(serial, 'in clear');
}

/** What to say to a terminal that claims to have no live key if another one is to be replaced. */
export function refuseInClearOver(serial: string): OctobindError {
  return refused(
    `${claim(serial)} A key that takes the place of another is never sent in clear: nothing was sent. The terminal is new, was tampered with, or is not that terminal. Look at it.`,
    'key over another',
  );
}

const claim = (serial: string): string => `A terminal on this line claims to be ${serial} and to have no key.`;
const refused = (message: string, subject: Subject): OctobindError =>
  new OctobindError('CONSENT_MISSING', message, { subject });
