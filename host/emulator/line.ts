import { setImmediate as soon } from 'node:timers';
import type { LineFaults } from './faults.js';

export interface LineOptions {
  /** Bits per second, ten for a byte; as fast as can be when absent. */
  readonly baud?: number | undefined;
  readonly faults?: LineFaults | undefined;
}

const BITS_PER_BYTE = 10;
/** Timers are this much late at worst; the rest of a wait is spent looking at the clock. */
const TIMER_SLACK_MS = 1.5;

interface Piece {
  readonly bytes: Uint8Array;
  /** When its last byte arrives, in milliseconds of `performance.now`. */
  readonly due: number;
}

/** One direction of a serial line: delivers what is sent, in order, at the pace of the line, with its faults. */
export class Line {
  /** Told when nothing is under way any more. */
  onDrain: (() => void) | undefined;
  readonly #queue: Piece[] = [];
  readonly #msPerByte: number;
  #busyUntil = 0;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  constructor(
    private readonly deliver: (bytes: Uint8Array) => void,
    private readonly direction: 'to-terminal' | 'to-host',
    private readonly options: LineOptions = {},
  ) {
    this.#msPerByte = options.baud === undefined ? 0 : (BITS_PER_BYTE * 1000) / options.baud;
  }

  send(bytes: Uint8Array): void {
    const { faults } = this.options;
    const pieces = faults?.apply(this.direction, bytes) ?? [{ bytes, delayMs: 0 }];
    for (const piece of pieces) this.#transmit(piece.bytes, piece.delayMs);
  }

  /** Whether anything is under way. A sender that is not to fill the memory waits for `onDrain`. */
  get isBusy(): boolean {
    return this.#queue.length > 0;
  }

  /** Drops what is still on the line. */
  clear(): void {
    this.options.faults?.clear();
    this.#queue.length = 0;
    this.#busyUntil = 0;
    clearTimeout(this.#timer as NodeJS.Timeout);
    clearImmediate(this.#timer as NodeJS.Immediate);
    this.#timer = undefined;
    this.onDrain?.();
  }

  #transmit(bytes: Uint8Array, delayMs: number): void {
    if (bytes.length === 0) return;
    if (this.#msPerByte === 0 && delayMs === 0 && this.#queue.length === 0) {
      this.deliver(bytes);
      return;
    }
    // Absolute times: what one wait is late does not make the next one late.
    const now = performance.now();
    const due = Math.max(now, this.#busyUntil) + delayMs + bytes.length * this.#msPerByte;
    this.#busyUntil = due;
    this.#queue.push({ bytes, due });
    if (this.#timer === undefined) this.#wait();
  }

  #wait(): void {
    const [next] = this.#queue;
    if (!next) {
      this.#timer = undefined;
      this.onDrain?.();
      return;
    }
    const left = next.due - performance.now();
    if (left > TIMER_SLACK_MS) this.#timer = setTimeout(() => this.#wait(), left - TIMER_SLACK_MS);
    else if (left > 0) this.#timer = soon(() => this.#wait());
    else {
      this.#queue.shift();
      this.deliver(next.bytes);
      this.#wait();
    }
  }
}
