import type { Clock } from '../clock.js';

/** Lets the event loop run everything that is ready. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock whose time passes only when a test says so. */
export class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<{ at: number; fn: () => void }>();

  now(): number {
    return this.#now;
  }

  /** Calls `fn` when the test has moved the time by `ms` milliseconds. */
  setTimeout(fn: () => void, ms: number): unknown {
    const timer = { at: this.#now + ms, fn };
    this.#timers.add(timer);
    return timer;
  }

  /** Cancels what `setTimeout` returned. */
  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as { at: number; fn: () => void });
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass without running any timer, as if all were late. */
  jump(ms: number): void {
    this.#now += ms;
  }

  /** Lets time pass, and runs each timer when it is due. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await turn();
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > until) break;
      this.#timers.delete(next);
      // A timer that a jump made late does not turn the time back.
      this.#now = Math.max(this.#now, next.at);
      next.fn();
    }
    this.#now = until;
    await turn();
  }

  /** Lets time pass, from one timer to the next, until `work` settles. Returns its outcome. */
  async finish<T>(work: Promise<T>): Promise<T> {
    const state = { settled: false };
    const settle = (): void => void (state.settled = true);
    work.then(settle, settle);
    for (;;) {
      await this.advance(0);
      if (state.settled) return work;
      const next = Math.min(...[...this.#timers].map(({ at }) => at));
      if (next === Infinity) await turn();
      else await this.advance(next - this.#now);
    }
  }
}
