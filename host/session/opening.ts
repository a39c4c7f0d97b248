import { Group, Life, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import * as answers from '../answers.js';
import type { Clock } from '../clock.js';
import { OctobindError } from '../error.js';
import { refusalError } from '../refusals.js';
import type { Request, RequestOptions, SmpClient } from '../smp/client.js';
import * as failure from '../smp/failure.js';
import { Handshake } from './noise.js';
import { Session } from './session.js';

/** Answers the terminal master key (TMK), 32 bytes, of the terminal with a serial number. */
export type TerminalKey = (serial: string) => Uint8Array | Promise<Uint8Array>;

/** What an opening needs, and what ends it. */
export interface Opening {
  readonly smp: SmpClient;
  readonly key: TerminalKey;
  readonly clock: Clock;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

const STATUS: Request = { op: Op.Read, group: Group.Session, command: SessionCommand.Status };

/** The serial number of a terminal that has a key, once it takes sessions. Codes: `REFUSED` where it has none. */
export async function serialOf({ smp, clock, deadlineMs, signal }: Opening): Promise<string> {
  const answer = answers.status.safeParse(await smp.request(STATUS, { deadlineMs, signal }));
  if (!answer.success) throw failure.forged(STATUS);
  const { state, serial, wait } = answer.data;
  if (state === Life.Virgin) throw refusalError(Refusal.KeyMissing);
  if (state === Life.Tampered) throw refusalError(Refusal.Tampered);
  if (wait > deadlineMs) throw refusalError(Refusal.TooSoon, { waitMs: wait });
  if (wait > 0) await delay(clock, wait, signal);
  return serial;
}

/** Opens a session. Codes: those of the link, `REFUSED`, `KEY_WRONG`, `NOT_AUTHENTIC`. */
export async function openSession(serial: string, { smp, key, clock, deadlineMs, signal }: Opening): Promise<Session> {
  const deadline = clock.now() + deadlineMs;
  const prologue = Buffer.from(`octobind session 1${serial}`, 'latin1');
  const handshake = new Handshake(prologue, await key(serial));
  const open: Request = {
    op: Op.Write,
    group: Group.Session,
    command: SessionCommand.Open,
    body: { d: new Uint8Array(handshake.first()) },
  };
  for (;;) {
    const limits: RequestOptions = { deadlineMs: deadline - clock.now(), signal };
    try {
      const answer = answers.open.safeParse(await smp.request(open, limits));
      const keys = answer.success ? handshake.second(answer.data.d)?.keys : undefined;
      if (!answer.success || !keys) throw failure.forged(open);
      return new Session(answer.data.s, keys);
    } catch (error) {
      if (!(error instanceof OctobindError)) throw error;
      if (error.refusal === Refusal.NotAuthentic) throw failure.wrongKey(serial, error);
      const { waitMs } = error;
      if (error.refusal !== Refusal.TooSoon || waitMs === undefined || clock.now() + waitMs > deadline) throw error;
      await delay(clock, waitMs, signal);
    }
  }
}

/** Waits, or less where that is aborted. */
function delay(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, ms);
    const end = (): void => {
      clock.clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
