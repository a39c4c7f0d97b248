/** What a clock's `setTimeout` returns. Only the same clock can use it. */
export type TimerHandle = unknown;

/**
 * The time that all waiting code uses, so that a test can control it. Times are in milliseconds.
 */
export interface Clock {
  /** Monotonic, from an arbitrary start. */
  now(): number;
  /** Calls `fn` once, after `ms` milliseconds. */
  setTimeout(fn: () => void, ms: number): TimerHandle;
  /** Cancels what `setTimeout` returned. */
  clearTimeout(handle: TimerHandle): void;
}

/** The clock of this machine: `performance.now` and Node's timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
