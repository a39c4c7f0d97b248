import { systemCrypto } from '#crypto';
import { type Op, Size } from '../../assembly/protocol.js';
import { onAbort } from '../abort.js';
import { type Clock, hostClock, type TimerHandle } from '../clock.js';
import type { Crypto } from '../crypto/crypto.js';
import { OctobindError } from '../error.js';
import type { ByteStream, LinkFactory } from '../link/link.js';
import { newCounters } from './counters.js';
import * as failure from './failure.js';
import { encodeFrame, frameBytes, FrameReader } from './frame.js';
import type { LineWatch } from './frame-text.js';
import { Pace } from './pace.js';
import { type Body, decodeBody, decodeHeader, encodePacket, type Header, isAnswerTo } from './packet.js';
import { answerError } from './result.js';

/** One SMP request: docs/PROTOCOL.md, "Packet". */
export interface Request {
  /** `Op.Read` or `Op.Write`. */
  op: Op.Read | Op.Write;
  group: number;
  command: number;
  body?: Body;
}

/** How long one request may take. Times are in milliseconds. */
export interface RequestOptions {
  /**
   * For one try, besides the time that its bytes need on the wire: 500. It is more if replies were
   * measured to take longer. Each try without a reply doubles it, up to eight times as much.
   */
  timeoutMs?: number | undefined;
  /** How many tries may have no answer, and how often the link may close. Default: 5. */
  tries?: number | undefined;
  /**
   * For the whole request, from its first try. Default: 10,000. Inside a session, from the call;
   * default: 15,000.
   */
  deadlineMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * How a client waits and repeats. `RequestOptions` names the defaults.
 */
export interface ClientOptions extends Omit<RequestOptions, 'signal'> {
  clock?: Clock | undefined;
  /** The system's cryptography when absent. */
  crypto?: Crypto | undefined;
  /**
   * Sequence number of the first request, 0 to 255. By default it is random, so that answers to
   * another program, still on the line, do not match.
   */
  sequence?: number | undefined;
  /**
   * Receives all bytes on the line. They hold keys and card numbers; `frameWatch` shows frames
   * without them.
   */
  watch?: LineWatch | undefined;
}

interface Job {
  readonly header: Header;
  readonly frame: Uint8Array;
  /** For its bytes on the wire, and for the longest reply. */
  readonly wireMs: number;
  /** That it asks for, for one try. */
  readonly leastMs: number | undefined;
  readonly tries: number;
  readonly deadlineMs: number;
  resolve: (body: Body) => void;
  reject: (error: unknown) => void;
  /** Stops listening for the caller's signal. */
  release: () => void;
  startedAt: number;
  sentAt: number;
  /** Tries on the current stream. */
  sends: number;
  losses: number;
  /** Attempts to open the link since it was last open. */
  openings: number;
  openError?: unknown;
}

const LARGEST_ANSWER = frameBytes(Size.Packet);
const BITS_PER_BYTE = 10;
const BACKOFF_MS = 10;
const BACKOFF_MAX_MS = 500;

/**
 * Sends requests to one terminal, one after the other. SMP has no negative acknowledgement, and
 * every command is safe to repeat. So a try without an answer is repeated, and an answer to any of
 * the tries counts. A link that closes is opened again. Every request ends, with an answer or with
 * an OctobindError.
 */
export class SmpClient {
  readonly counters = newCounters();
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #tries: number;
  readonly #reader: FrameReader;
  readonly #queue: Job[] = [];
  #job: Job | undefined;
  #timer: TimerHandle;
  #stream: ByteStream | undefined;
  #opening: AbortController | undefined;
  #sequence: number;
  #settled: Header | undefined;
  /** The link was open once, so a failure to open it again is not final. */
  #opened = false;
  /** Something on the link has sent an SMP answer. */
  #proven = false;
  /** Tries without a reply since the last reply of any kind. */
  #silent = 0;
  #closed: Promise<void> | undefined;

  constructor(
    readonly link: LinkFactory,
    private readonly options: ClientOptions = {},
  ) {
    this.#clock = options.clock ?? hostClock;
    const [random = 0] = (options.crypto ?? systemCrypto).randomBytes(1);
    this.#sequence = options.sequence ?? random;
    this.#pace = new Pace(options.timeoutMs ?? 500);
    this.#tries = options.tries ?? 5;
    this.#reader = new FrameReader((packet) => this.#receive(packet), this.counters);
  }

  /** Of a request that names none. */
  get deadlineMs(): number {
    return this.options.deadlineMs ?? 10_000;
  }

  /** The link is open, and no request waits. */
  get isIdle(): boolean {
    return this.#stream !== undefined && this.#job === undefined && this.#queue.length === 0;
  }

  /**
   * Returns the CBOR map of a success. Fails with `REFUSED`, `UNSUPPORTED`, `PROTOCOL`, `ABORTED`,
   * `USAGE` for a request that cannot be encoded, or a code of the link.
   */
  request(request: Request, options: RequestOptions = {}): Promise<Body> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      // Without the body: the header is kept after the request, and a card number must not be.
      const { op, group, command } = request;
      const header: Header = { version: 1, op, group, command, sequence: this.#sequence };
      if (this.#closed) throw failure.closedByCaller(header);
      if (signal?.aborted) throw failure.aborted(header, signal);
      const frame = encodeFrame(encodePacket(header, request.body ?? {}));
      this.#sequence = (this.#sequence + 1) & 0xff;
      const wireMs = this.link.baudRate
        ? ((frame.length + LARGEST_ANSWER) * BITS_PER_BYTE * 1000) / this.link.baudRate
        : 0;
      const job: Job = {
        header,
        frame,
        wireMs,
        leastMs: options.timeoutMs,
        tries: options.tries ?? this.#tries,
        deadlineMs: options.deadlineMs ?? this.deadlineMs,
        resolve,
        reject,
        release: () => undefined,
        startedAt: 0,
        sentAt: 0,
        sends: 0,
        losses: 0,
        openings: 0,
      };
      if (signal) {
        job.release = onAbort(signal, () => this.#settle(job, () => job.reject(failure.aborted(header, signal))));
      }
      this.#queue.push(job);
      this.#next();
    });
  }

  /** Ends every request with `LINK_CLOSED`. Resolves once the stream is closed. */
  close(): Promise<void> {
    this.#closed ??= this.#release();
    for (const job of [...this.#queue, this.#job]) this.#fail(job, (late) => failure.closedByCaller(late.header));
    return this.#closed;
  }

  async #release(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.close();
  }

  #next(): void {
    if (this.#job) return;
    const job = (this.#job = this.#queue.shift());
    if (!job) return;
    job.startedAt = this.#clock.now();
    if (this.#stream) this.#send(job, this.#stream);
    else this.#open(job);
  }

  #send(job: Job, stream: ByteStream): void {
    job.sends++;
    job.sentAt = this.#clock.now();
    this.counters.sent++;
    // Before the write: a link in this process may answer during it, and then the timer belongs to
    // the next request.
    this.#wait(job, this.#pace.tryMs(job.leastMs) + job.wireMs, () => {
      this.counters.lost++;
      this.#silent++;
      this.#pace.lost();
      if (job.sends < job.tries && this.#left(job) > 0) {
        this.#send(job, stream);
        return;
      }
      // The other side may be gone without a word, and would never be heard again on this stream.
      // A request of few tries does not tell that.
      if (Math.max(job.tries, this.#silent) >= this.#tries) this.#abandon(stream);
      this.#fail(job, () => failure.unanswered(this.link.address, job.header, this.#spent(job), this.#proven));
    });
    // The previous try is still in the stream's queue and will reach the terminal. Another one
    // behind it would only delay.
    if (job.sends > 1 && stream.queuedBytes > 0) return;
    this.options.watch?.('host', job.frame);
    stream.write(job.frame);
  }

  #open(job: Job): void {
    const opening = (this.#opening = new AbortController());
    job.openings++;
    this.#wait(job, Infinity, () => this.#fail(job, () => this.#openFailure(job)));
    this.link.open(opening.signal).then(
      (stream) => {
        if (this.#opening === opening) this.#attach(stream);
        else void stream.close();
      },
      (error: unknown) => {
        if (this.#opening !== opening) return;
        this.#opening = undefined;
        job.openError = error;
        if (this.#opened) this.#backOff(job);
        else this.#fail(job, () => this.#openFailure(job));
      },
    );
  }

  #attach(stream: ByteStream): void {
    this.#opening = undefined;
    this.#stream = stream;
    this.#opened = true;
    this.#reader.reset();
    const onData = (bytes: Uint8Array): void => {
      this.options.watch?.('terminal', bytes);
      this.#reader.push(bytes);
    };
    stream.listen({ onData, onEnd: () => this.#lose(stream) });
    this.#resume();
  }

  /** Sends the request that waited for a stream, unless that has ended at once. */
  #resume(): void {
    if (this.#job && this.#stream) this.#send(this.#job, this.#stream);
  }

  /** The next request opens another one. */
  #abandon(stream: ByteStream): void {
    this.#stream = undefined;
    this.#silent = 0;
    void stream.close();
  }

  #lose(stream: ByteStream): void {
    if (this.#stream !== stream) return;
    this.#abandon(stream);
    this.counters.closed++;
    const job = this.#job;
    if (!job) return;
    job.openings = 0;
    job.sends = 0;
    if (++job.losses < job.tries) this.#backOff(job);
    else this.#fail(job, () => failure.keepsClosing(this.link.address, job.header, this.#spent(job)));
  }

  #backOff(job: Job): void {
    this.#wait(job, Math.min(BACKOFF_MS * 2 ** job.openings, BACKOFF_MAX_MS), () => {
      if (this.#left(job) > 0) this.#open(job);
      else this.#fail(job, () => this.#openFailure(job));
    });
  }

  #openFailure(job: Job): OctobindError {
    if (this.#opened) return failure.vanished(this.link.address, this.#spent(job), job.openError);
    if (job.openError === undefined) return failure.neverOpened(this.link.address, this.#spent(job));
    return job.openError instanceof OctobindError ? job.openError : failure.notOpened(this.link.address, job.openError);
  }

  #receive(packet: Uint8Array): void {
    const header = decodeHeader(packet);
    if (!header) {
      this.counters.header++;
      return;
    }
    // A line that echoes returns our own requests, which have an even op.
    if (header.op & 1) {
      this.#proven = true;
      this.#silent = 0;
    }
    const job = this.#job;
    if (job && isAnswerTo(header, job.header)) {
      // What asks for time of its own, such as an erase, tells nothing about others.
      if (job.sends === 1 && job.leastMs === undefined) this.#pace.measured(this.#clock.now() - job.sentAt);
      this.#settle(job, () => {
        const body = decodeBody(packet);
        const error = answerError(body);
        if (error) throw error;
        job.resolve(body);
      });
    } else if (this.#settled && isAnswerTo(header, this.#settled)) this.counters.late++;
    else this.counters.mismatched++;
  }

  #fail(job: Job | undefined, error: (job: Job) => OctobindError): void {
    if (job) this.#settle(job, () => job.reject(error(job)));
  }

  /**
   * Ends a job in any state. `outcome` resolves or rejects it; if it throws, that is its error.
   */
  #settle(job: Job, outcome: () => void): void {
    job.release();
    try {
      outcome();
    } catch (error) {
      job.reject(error);
    }
    if (this.#job !== job) {
      const index = this.#queue.indexOf(job);
      if (index >= 0) this.#queue.splice(index, 1);
      return;
    }
    this.#clock.clearTimeout(this.#timer);
    this.#opening?.abort();
    this.#opening = undefined;
    this.#settled = job.header;
    this.#job = undefined;
    this.#next();
  }

  /** Sets the one timer of the current job. It ends at the job's deadline at the latest. */
  #wait(job: Job, ms: number, then: () => void): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = this.#clock.setTimeout(then, Math.min(ms, Math.max(this.#left(job), 0)));
  }

  #spent(job: Job): number {
    return Math.round(this.#clock.now() - job.startedAt);
  }

  /** Whole milliseconds to the deadline: a timer may end a fraction of a millisecond early. */
  #left(job: Job): number {
    return job.deadlineMs - this.#spent(job);
  }
}
