import { systemCrypto } from '#crypto';
import { Group, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import { onAbort } from '../abort.js';
import { type Clock, hostClock } from '../clock.js';
import type { Crypto } from '../crypto/crypto.js';
import type { ClientOptions, Request, RequestOptions, SmpClient } from '../smp/client.js';
import * as failure from '../smp/failure.js';
import type { Named } from '../smp/failure.js';
import { type Body, decodeBody, decodeHeader, encodePacket, type Header, isAnswerTo } from '../smp/packet.js';
import { answerError } from '../smp/result.js';
import { claimedError, claimOf, PATIENT, spoiledReply } from './claim.js';
import { retryClaims } from './retry.js';
import { openSession, type TerminalKey } from './opening.js';
import * as replies from './replies.js';
import type { Session } from './session.js';

/** For a whole request: more than the 10 s that a terminal may ask to wait after failures. */
const DEADLINE_MS = 15_000;
/** For the request that closes a session: if it is lost, nothing breaks. */
const FAREWELL = { tries: 1, timeoutMs: 200, deadlineMs: 200 };
const OPEN: Named = { group: Group.Session, command: SessionCommand.Open };

/**
 * Refusals that end a session. A forged one costs no more than opening another session.
 */
const ENDED: readonly unknown[] = [Refusal.SessionMissing, Refusal.NotAuthentic, Refusal.KeyMissing, Refusal.Tampered];

/**
 * Sends requests inside a session with one terminal. The first request opens the session; a later
 * one opens another if the terminal has ended it. Answers in clear prove nothing: the request is
 * repeated, with growing pauses. If no proven answer comes, it fails with `NOT_AUTHENTIC` or
 * `KEY_WRONG`, or with `REFUSED` and `KeyMissing` or `Tampered`. Other errors are those of
 * `SmpClient.request`.
 */
export class SecureClient {
  readonly #clock: Clock;
  readonly #crypto: Crypto;
  /** For a request that has no deadline of its own. */
  readonly deadlineMs: number;
  /** Aborts an opening that has begun. */
  #closing = new AbortController();
  /**
   * Proven by the first session. Another terminal on the same line later has another key, and gets
   * no opening and no message.
   */
  #serial: string | undefined;
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;
  #sequence: number;

  constructor(
    private readonly smp: SmpClient,
    private readonly key: TerminalKey,
    options: ClientOptions = {},
  ) {
    this.#clock = options.clock ?? hostClock;
    this.#crypto = options.crypto ?? systemCrypto;
    [this.#sequence = 0] = this.#crypto.randomBytes(1);
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  /** The terminal's serial number, proven by a session. Undefined before the first one is open. */
  get serial(): string | undefined {
    return this.#serial;
  }

  /** A session is open, as far as the host knows. */
  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  /**
   * Repeats the request if its answer was lost or proves nothing: every command is safe to repeat.
   * `deadlineMs` is for the whole request, with the opening of a session; 15,000 when absent.
   */
  request(request: Request, options: RequestOptions = {}): Promise<Body> {
    const deadline = this.#clock.now() + (options.deadlineMs ?? this.deadlineMs);
    const closing = this.#closing.signal;
    const attempt = (): Promise<Body> => {
      if (closing.aborted) throw failure.closedByCaller(request);
      return this.#try(request, options, deadline);
    };
    const signals = [closing, ...(options.signal ? [options.signal] : [])];
    return retryClaims(attempt, { clock: this.#clock, deadline, signals });
  }

  /** Ends the session. Tells the terminal, if the link is open and idle. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#closing = new AbortController();
    const session = this.#session;
    this.#session = undefined;
    if (session && this.smp.isIdle) {
      const packet = encodePacket(this.#header(Op.Write, Group.Session, SessionCommand.Close), {});
      await this.smp.request(message(session, packet), FAREWELL).catch(() => undefined);
    }
    session?.end();
  }

  async #try(request: Request, options: RequestOptions, deadline: number): Promise<Body> {
    const { op, group, command, body = {} } = request;
    const header = this.#header(op, group, command);
    if (this.#session?.isSpent) this.#end(this.#session);
    const session = this.#session ?? (await this.#opened(header, options, deadline));
    // No `await` until the message is in the client's queue: messages must go out in the order of
    // their numbers.
    const sent = message(session, encodePacket(header, body));
    const { lost } = this.smp.counters;
    const answer = await this.smp
      .request(sent, { ...options, deadlineMs: deadline - this.#clock.now() })
      .catch((error: unknown): Body => {
        const claimed = claimedError(error);
        if (!claimed) throw error;
        if (ENDED.includes(claimed.refusal)) this.#end(session);
        // An honest terminal also refuses the repeat of a message whose answer was lost.
        const repeated = claimed.refusal === Refusal.Replayed && this.smp.counters.lost > lost;
        throw claimOf(header, claimed, { [Refusal.Replayed]: PATIENT }, repeated);
      });
    const answered = replies.message.safeParse(answer);
    const packet = answered.success ? session.open(answered.data.n, answered.data.d) : undefined;
    const inner = packet && decodeHeader(packet);
    if (!packet || !inner || !isAnswerTo(inner, header)) throw spoiledReply(header);
    const result = decodeBody(packet);
    const error = answerError(result);
    if (error) throw error;
    return result;
  }

  /** Ends a session, unless another request has opened the next one since. */
  #end(session: Session): void {
    session.end();
    if (this.#session === session) this.#session = undefined;
  }

  /**
   * Waits for the session that is being opened, until the request's deadline. The opening serves
   * all requests that wait for it, so it goes on when one of them gives up.
   */
  #opened(header: Header, { signal }: RequestOptions, deadline: number): Promise<Session> {
    const clock = this.#clock;
    const startedAt = clock.now();
    return new Promise((resolve, reject) => {
      const late = (): void => {
        settle();
        reject(failure.unanswered(this.smp.link.address, OPEN, clock.now() - startedAt, true));
      };
      const abort = (): void => {
        settle();
        if (signal) reject(failure.aborted(header, signal));
      };
      const timer = clock.setTimeout(late, Math.max(deadline - startedAt, 0));
      const settle = (): void => {
        clock.clearTimeout(timer);
        release?.();
      };
      const release = signal && onAbort(signal, abort);
      if (signal?.aborted) abort();
      else this.#open().then(resolve, reject).finally(settle);
    });
  }

  #open(): Promise<Session> {
    const { smp, key } = this;
    const opening = { smp, key, clock: this.#clock, crypto: this.#crypto, signal: this.#closing.signal };
    this.#opening ??= openSession(this.#serial, opening)
      .then(({ session, serial }) => {
        this.#serial = serial;
        return (this.#session = session);
      })
      .finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  #header(op: Op, group: number, command: number): Header {
    this.#sequence = (this.#sequence + 1) & 0xff;
    return { version: 1, op, group, command, sequence: this.#sequence };
  }
}

function message(session: Session, packet: Uint8Array): Request {
  return { op: Op.Write, group: Group.Session, command: SessionCommand.Message, body: session.seal(packet) };
}
