import { Group, LifeCycle, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { latin1 } from '../bytes.js';
import type { Clock } from '../clock.js';
import type { Crypto } from '../crypto/crypto.js';
import type { Request, SmpClient } from '../smp/client.js';
import type { Body } from '../smp/packet.js';
import { Claim, claimOf, claimedError, PATIENT, SOON, spoiledReply } from './claim.js';
import { LONGEST_PAUSE_MS, pause } from './retry.js';
import { Handshake } from './noise.js';
import * as replies from './replies.js';
import { Session } from './session.js';
import { otherTerminal, wrongKey, withoutKey } from './claim-errors.js';

/**
 * Returns the terminal master key (TMK), 32 bytes, of the terminal with this serial number. It is
 * called for each try to open a session.
 */
export type TerminalKey = (serial: string) => Uint8Array | Promise<Uint8Array>;

/** What an opening needs. `signal` ends it. */
export interface Opening {
  readonly smp: SmpClient;
  readonly key: TerminalKey;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly signal: AbortSignal;
}

export interface Opened {
  readonly session: Session;
  /** Proven by the handshake. */
  readonly serial: string;
}

const STATUS: Request = { op: Op.Read, group: Group.Session, command: SessionCommand.Status };

/**
 * Tries once to open a session. `proven` is the serial number that an earlier opening has proven.
 * Fails with a Claim if an answer proves nothing, otherwise with a code of the link.
 */
export async function openSession(proven: string | undefined, opening: Opening): Promise<Opened> {
  const { smp, key, crypto, signal } = opening;
  const serial = await serialOf(opening);
  // The wire can be moved to another terminal. An opening under this key would fail there, and
  // make its own host wait.
  if (proven !== undefined && serial !== proven) throw new Claim(() => otherTerminal(proven, serial), SOON);
  const handshake = new Handshake(latin1(`octobind session 1${serial}`), await key(serial), crypto);
  const body = { d: handshake.first() };
  const open: Request = { op: Op.Write, group: Group.Session, command: SessionCommand.Open, body };
  const answer = replies.open.safeParse(
    await smp.request(open, { signal }).catch((error: unknown) => {
      throw claimedOf(open, serial, error);
    }),
  );
  const keys = answer.success ? handshake.second(answer.data.d)?.keys : undefined;
  if (!answer.success || !keys) throw spoiledReply(open);
  return { session: new Session(answer.data.s, keys, crypto), serial };
}

/**
 * The serial number that the terminal claims. A status proves nothing, but with the wrong number
 * no session opens.
 */
async function serialOf({ smp, clock, signal }: Opening): Promise<string> {
  const answer = replies.status.safeParse(
    await smp.request(STATUS, { signal }).catch((error: unknown): Body => {
      const claimed = claimedError(error);
      throw claimed ? claimOf(STATUS, claimed) : error;
    }),
  );
  if (!answer.success) throw spoiledReply(STATUS);
  const { state, serial, wait } = answer.data;
  if (state === LifeCycle.Virgin || state === LifeCycle.Tampered) throw new Claim(() => withoutKey(state), SOON);
  // Only a hint: the terminal does not count an early opening as a failure.
  if (wait > 0) await pause(clock, Math.min(wait, LONGEST_PAUSE_MS), [signal]);
  return serial;
}

function claimedOf(open: Request, serial: string, error: unknown): unknown {
  const claimed = claimedError(error);
  if (!claimed) return error;
  switch (claimed.refusal) {
    // Often the key is really wrong, and each try makes the terminal ask for a longer wait.
    case Refusal.NotAuthentic:
      return new Claim((attempts) => wrongKey(serial, attempts, claimed), SOON);
    case Refusal.KeyMissing:
      return new Claim(() => withoutKey(LifeCycle.Virgin), SOON);
    case Refusal.Tampered:
      return new Claim(() => withoutKey(LifeCycle.Tampered), SOON);
    default:
      return claimOf(open, claimed, { [Refusal.TooSoon]: PATIENT });
  }
}
