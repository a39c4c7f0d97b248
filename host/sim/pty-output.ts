import { writeSync } from 'node:fs';
import type { Outflow } from './send-from.js';

const FIRST_RETRY_MS = 1;
const LAST_RETRY_MS = 64;

/**
 * Writes to the master of a PTY, without its stream. If nobody reads and the kernel's buffer is
 * full, libuv would retry for ever and stop everything else in the process, because it treats a
 * master as blocking. So what the kernel does not take waits here.
 */
export class PtyOutput implements Outflow {
  onDrain: (() => void) | undefined;
  #waiting: Uint8Array[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** Takes a descriptor that never blocks. */
  constructor(private readonly fd: number) {}

  get isFull(): boolean {
    return this.#waiting.length > 0;
  }

  /** Copies what it cannot write at once. */
  write(bytes: Uint8Array): void {
    const rest = this.isFull ? bytes : this.#offer(bytes);
    if (rest.length === 0) return;
    this.#waiting.push(rest.slice());
    this.#timer ??= setTimeout(() => this.#retry(FIRST_RETRY_MS), FIRST_RETRY_MS);
  }

  /** What waits is lost. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  /** Nothing in Node tells when a descriptor can be written, so ask from time to time. */
  #retry(ms: number): void {
    let next = Math.min(2 * ms, LAST_RETRY_MS);
    while (this.isFull) {
      const [first = new Uint8Array(0), ...others] = this.#waiting;
      const rest = this.#offer(first);
      if (rest.length < first.length) next = FIRST_RETRY_MS;
      this.#waiting = rest.length > 0 ? [rest, ...others] : others;
      if (rest.length > 0) break;
    }
    this.#timer = this.isFull ? setTimeout(() => this.#retry(next), next) : undefined;
    if (!this.isFull) this.onDrain?.();
  }

  /** Returns what the kernel did not take. */
  #offer(bytes: Uint8Array): Uint8Array {
    try {
      return bytes.subarray(writeSync(this.fd, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      return bytes;
    }
  }
}
