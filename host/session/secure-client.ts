import { randomInt } from 'node:crypto';
import { Group, Op, Refusal, SessionCommand } from '../../assembly/protocol.js';
import * as answers from '../answers.js';
import { type Clock, systemClock } from '../clock.js';
import { OctobindError } from '../error.js';
import type { ClientOptions, Request, RequestOptions, SmpClient } from '../smp/client.js';
import * as failure from '../smp/failure.js';
import { answers as isAnswer, type Body, decodeBody, decodeHeader, encodePacket, type Header } from '../smp/packet.js';
import { answerError } from '../smp/result.js';
import { openSession, serialOf, type TerminalKey } from './opening.js';
import type { Session } from './session.js';

const DEADLINE_MS = 10_000;
/** Answers of one request that may be lost, and anything else that a repeat can cure. */
const LOSSES = 20;
const CURES = 5;
/** For the word that a session is over, which nobody waits for in earnest. */
const FAREWELL = { tries: 1, timeoutMs: 200, deadlineMs: 200 };

/** Said of a session by the terminal in clear. It may be forged, and costs no more than an opening. */
const OF_THE_SESSION: readonly unknown[] = [Refusal.SessionMissing, Refusal.NotAuthentic, Refusal.Replayed];
/** Not the terminal's words: what became of the line. */
const OF_THE_TERMINAL: readonly string[] = ['REFUSED', 'UNSUPPORTED', 'PROTOCOL'];

/**
 * Requests inside a session with one terminal, which the first request opens, and any later one again where the terminal has ended it. Errors are those of
 * `SmpClient.request`, and `KEY_WRONG`, `NOT_AUTHENTIC`.
 */
export class SecureClient {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  /** Ends an opening that is under way. */
  #closing = new AbortController();
  /** Of the first terminal that was met: another one on the same line has another key, and is not spoken to. */
  #serial: string | undefined;
  #session: Session | undefined;
  #opening: Promise<Session> | undefined;
  #sequence = randomInt(256);

  constructor(
    private readonly smp: SmpClient,
    private readonly key: TerminalKey,
    options: ClientOptions = {},
  ) {
    this.#clock = options.clock ?? systemClock;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
  }

  /** A session is open, as far as this side knows. */
  get isOpen(): boolean {
    return this.#session !== undefined;
  }

  /** Every command is safe to repeat, and is, where that helps: as for a message whose answer was lost. */
  async request(request: Request, options: RequestOptions = {}): Promise<Body> {
    const deadline = this.#clock.now() + (options.deadlineMs ?? this.#deadlineMs);
    let losses = 0;
    let cures = 0;
    for (;;) {
      try {
        return await this.#try(request, { ...options, deadlineMs: deadline - this.#clock.now() });
      } catch (error) {
        if (error instanceof Answered) throw error.answer;
        if (!(error instanceof OctobindError) || this.#clock.now() >= deadline) throw error;
        const ended = error.refusal === Refusal.SessionMissing || error.refusal === Refusal.NotAuthentic;
        if (error.refusal === Refusal.Replayed) losses++;
        else if (ended || error.code === 'NOT_AUTHENTIC') cures++;
        else throw error;
        if (losses > LOSSES || cures > CURES) throw error;
        if (ended) this.#end();
      }
    }
  }

  /** Ends the session, and tells the terminal where that takes no waiting. */
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

  async #try({ op, group, command, body = {} }: Request, options: RequestOptions): Promise<Body> {
    const header = this.#header(op, group, command);
    if (this.#session?.isSpent) this.#end();
    const session = this.#session ?? (await unlessAborted(this.#open(), header, options.signal));
    // Nothing is awaited from here until the message is in the client's queue: messages go out in the order of their numbers.
    const sent = message(session, encodePacket(header, body));
    const answer = await this.smp.request(sent, options).catch((error: unknown) => {
      const said = error instanceof OctobindError && OF_THE_TERMINAL.includes(error.code);
      throw said && !OF_THE_SESSION.includes(error.refusal) ? failure.forged(header) : error;
    });
    const answered = answers.message.safeParse(answer);
    const packet = answered.success ? session.open(answered.data.n, answered.data.d) : undefined;
    const inner = packet && decodeHeader(packet);
    if (!packet || !inner || !isAnswer(inner, header)) throw failure.forged(header);
    const result = decodeBody(packet);
    const error = answerError(result);
    if (error) throw new Answered(error);
    return result;
  }

  #end(): void {
    this.#session?.end();
    this.#session = undefined;
  }

  /** One opening serves all requests that wait for it, so none of them limits it. */
  #open(): Promise<Session> {
    if (this.#opening) return this.#opening;
    const opening = this.#handshake().finally(() => (this.#opening = undefined));
    // Those that wait for it may all have been aborted.
    opening.catch(() => undefined);
    return (this.#opening = opening);
  }

  async #handshake(): Promise<Session> {
    const { smp, key } = this;
    const opening = { smp, key, clock: this.#clock, deadlineMs: this.#deadlineMs, signal: this.#closing.signal };
    this.#serial ??= await serialOf(opening);
    return (this.#session = await openSession(this.#serial, opening));
  }

  #header(op: Op, group: number, command: number): Header {
    this.#sequence = (this.#sequence + 1) & 0xff;
    return { version: 1, op, group, command, sequence: this.#sequence };
  }
}

function message(session: Session, packet: Buffer): Request {
  return { op: Op.Write, group: Group.Session, command: SessionCommand.Message, body: session.seal(packet) };
}

function unlessAborted<T>(work: Promise<T>, header: Header, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(failure.aborted(header, signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What the terminal said inside of the session, so that it is not taken for what was said about the session. */
class Answered extends Error {
  constructor(readonly answer: OctobindError) {
    super(answer.message);
  }
}
