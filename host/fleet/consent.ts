import { OctobindError, type Subject } from '../error.js';
import type { KeyedRecord } from './keyed-record.js';

/** The decision of a responsible person on whether a key may be sent in clear. */
export interface Consent {
  /** Whether the terminal with this serial number may get its key in clear. */
  inClear(serial: string): boolean | Promise<boolean>;
  /** Whether it may get it even though it was sent or proved a key at `when`, an ISO date. */
  again(serial: string, when: string): boolean | Promise<boolean>;
}

/**
 * Decides whether a terminal that claims to have no live key may get one in clear, and records
 * that before the key is sent. Codes: `CONSENT_MISSING` if it may not, `KEY_RECORD`.
 */
export async function admitInClear(serial: string, record: KeyedRecord, consent: Consent): Promise<void> {
  if (!(await consent.inClear(serial))) {
    throw refused(
      `${claim(serial)} Nothing proves that, and its key would cross the line in clear. Nothing was sent.`,
      'key in clear',
    );
  }
  const when = record.lastKeyed(serial);
  if (when !== undefined && !(await consent.again(serial, when))) {
    throw refused(
      `${claim(serial)} But it was loaded on ${when}, or its loading began then. So it was tampered with, its loading was interrupted, or this is not that terminal. Nothing was sent.`,
      'key in clear again',
    );
  }
  record.add(serial, 'in clear');
}

/** The error for a terminal that claims to have no live key, if its key is to be replaced. */
export function refuseInClearOver(serial: string): OctobindError {
  return refused(
    `${claim(serial)} A key that replaces another one is never sent in clear. Nothing was sent. The terminal is new, was tampered with, or is not that terminal. Inspect it.`,
    'key over another',
  );
}

const claim = (serial: string): string => `A terminal on this line claims to be ${serial} and to have no key.`;
const refused = (message: string, subject: Subject): OctobindError =>
  new OctobindError('CONSENT_MISSING', message, { subject });
