import { Group, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { fromHex, toHex } from '../bytes.js';
import { checkValueBy, split } from '../crypto/key-derivation.js';
import { OctobindError } from '../error.js';
import { refusalError } from '../refusals.js';
import { otherTerminal } from '../session/claim-errors.js';
import * as sessionReplies from '../session/replies.js';
import { SecureClient } from '../session/secure-client.js';
import type { Body } from '../smp/packet.js';
import { reported } from './change-hook.js';
import type { Requests } from './requests.js';
import { hasLiveKey, readStatus } from './status.js';

/** The serial numbers that limit which terminal gets a key. */
export interface KeyRecipient {
  /** The terminal that the key is for. When absent, the one that is there. */
  readonly serial?: string | undefined;
  /** The terminal that may get the key in clear. When absent, none. */
  readonly inClear?: string | undefined;
}

/** What loading a key did. */
export interface LoadedKey {
  changed: boolean;
  /** Check values of both components, as the terminal showed them. Empty if nothing changed. */
  parts: string[];
  checkValue: string;
}

/** Does the work of `Terminal.loadKey`, whose comment has the rules. */
export async function loadKey(
  requests: Requests,
  tmk: Uint8Array,
  { serial: wantedSerial, inClear }: KeyRecipient,
): Promise<LoadedKey> {
  const { crypto } = requests;
  const wanted = checkValueBy(crypto, tmk);
  const { lifeCycle, serial, checkValue: held } = await readStatus(requests);
  const live = hasLiveKey(lifeCycle);
  if (!live && inClear !== serial) {
    throw new OctobindError(
      'CONSENT_MISSING',
      'The terminal says that it has no key, but nothing proves that. No key was sent. To send the key in clear, pass the serial number of the terminal as `inClear`.',
    );
  }
  if (wantedSerial !== undefined && serial !== wantedSerial) throw otherTerminal(wantedSerial, serial);
  if (live && held === wanted) {
    await prove(requests, tmk, serial);
    return { changed: false, parts: [], checkValue: wanted };
  }
  if (live) {
    // The serial number was said in clear, so it may be that of another terminal. This one would
    // then get the key of that one, which somebody may know. A session proves the serial number.
    await requests.inside(Op.Read, Group.Session, SessionCommand.Status, sessionReplies.status);
    if (requests.secure?.serial !== serial) throw otherTerminal(serial, requests.secure?.serial);
  }
  return reported(
    requests.options.onChange,
    { method: 'loadKey', serial, proven: live, checkValue: held },
    () => loadParts(requests, tmk, { serial, live, wanted }),
    ({ changed, checkValue }) => ({ changed, proven: true, checkValue }),
  );
}

/** Loads a key in two components, then has the terminal prove it. */
async function loadParts(
  requests: Requests,
  tmk: Uint8Array,
  { serial, live, wanted }: { serial: string; live: boolean; wanted: string },
): Promise<LoadedKey> {
  const { crypto } = requests;
  const components = split(crypto, tmk);
  const parts: string[] = [];
  try {
    for (const [index, key] of components.entries()) {
      const shown = await send(requests, SessionCommand.LoadPart, { part: index + 1, key }, live);
      if (shown !== checkValueBy(crypto, key)) throw refusalError(Refusal.CheckValueDiffers);
      parts.push(shown);
    }
  } finally {
    for (const key of components) key.fill(0);
  }
  try {
    await send(requests, SessionCommand.Commit, { kcv: fromHex(wanted) }, live);
  } catch (error) {
    // The terminal may have taken the key although its reply was lost. A repeat then fails,
    // because the old key is not live any more. The proof below decides.
    if (!(error instanceof OctobindError) || !['LINK_TIMEOUT', 'KEY_WRONG'].includes(error.code)) throw error;
  }
  await prove(requests, tmk, serial);
  return { changed: true, parts, checkValue: wanted };
}

/**
 * Proves that the terminal has a key, with a request in a session under that key. What the
 * terminal says about its key in clear proves nothing.
 */
async function prove(requests: Requests, tmk: Uint8Array, serial: string): Promise<void> {
  const { smp, secure, crypto, options } = requests;
  const { key } = options;
  const usual = key !== undefined && checkValueBy(crypto, await key(serial)) === checkValueBy(crypto, tmk);
  // If the usual client has this key and no session yet, use it: its session will be needed
  // anyway.
  const kept = usual && !secure?.isOpen ? secure : undefined;
  const proof = kept ?? new SecureClient(smp, () => tmk, options);
  await requests.limit({ op: Op.Read, group: Group.Session, command: SessionCommand.Status }, proof);
  if (!kept) await proof.close();
  if (proof.serial !== serial) throw otherTerminal(serial, proof.serial);
}

/**
 * Sends a command of key loading, inside a session if a key is live, and in clear if not. Returns
 * the check value that the terminal shows.
 */
async function send(requests: Requests, command: SessionCommand, body: Body, live: boolean): Promise<string> {
  const { kcv } = live
    ? await requests.inside(Op.Write, Group.Session, command, sessionReplies.key, body)
    : await requests.inClear(Op.Write, Group.Session, command, sessionReplies.key, body);
  return toHex(kcv);
}
