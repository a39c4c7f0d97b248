import type { Clock, TimerHandle } from '../clock.js';
import type { LineFaults } from './faults.js';
import { preciseClock } from './precise-clock.js';

export interface LineOptions {
  /** Bits per second, ten for a byte. No limit when absent. */
  readonly baud?: number | undefined;
  readonly faults?: LineFaults | undefined;
  readonly clock?: Clock | undefined;
}

const BITS_PER_BYTE = 10;
/** The largest rounding error in a sum of times. */
const ROUNDING_MS = 1e-6;

interface Piece {
  readonly bytes: Uint8Array;
  /** When its last byte arrives, in milliseconds of the clock. */
  readonly due: number;
}

/**
 * One direction of a serial line. Delivers bytes in order, at the pace of the line, with its
 * faults.
 */
export class Line {
  /** Called when no bytes are on the line any more. */
  onDrain: (() => void) | undefined;
  readonly #queue: Piece[] = [];
  readonly #msPerByte: number;
  readonly #clock: Clock;
  #busyUntil = 0;
  #timer: TimerHandle;

  constructor(
    private readonly deliver: (bytes: Uint8Array) => void,
    private readonly direction: 'to-terminal' | 'to-host',
    private readonly options: LineOptions = {},
  ) {
    this.#msPerByte = options.baud === undefined ? 0 : (BITS_PER_BYTE * 1000) / options.baud;
    this.#clock = options.clock ?? preciseClock;
  }

  send(bytes: Uint8Array): void {
    const { faults } = this.options;
    const pieces = faults?.apply(this.direction, bytes) ?? [{ bytes, delayMs: 0 }];
    for (const piece of pieces) this.#transmit(piece.bytes, piece.delayMs);
  }

  /** Bytes are on the line. A sender then waits for `onDrain`, or the queue grows without end. */
  get isBusy(): boolean {
    return this.#queue.length > 0;
  }

  /** Drops what is still on the line. */
  clear(): void {
    this.options.faults?.clear();
    this.#queue.length = 0;
    this.#busyUntil = 0;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.onDrain?.();
  }

  #transmit(bytes: Uint8Array, delayMs: number): void {
    if (bytes.length === 0) return;
    if (this.#msPerByte === 0 && delayMs === 0 && this.#queue.length === 0) {
      this.deliver(bytes);
      return;
    }
    // Absolute times, so that a timer that is late does not delay all bytes after it.
    const now = this.#clock.now();
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
    const left = next.due - this.#clock.now();
    if (left > ROUNDING_MS) this.#timer = this.#clock.setTimeout(() => this.#wait(), left);
    else {
      this.#queue.shift();
      this.deliver(next.bytes);
      this.#wait();
    }
  }
}
