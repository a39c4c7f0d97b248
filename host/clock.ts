/** What a clock's `setTimeout` returns. Only the same clock can use it. */
export type TimerHandle = unknown;

/**
 * The time that all waiting code uses, so that a test can control it. Times are in milliseconds.
 */
export interface Clock {
  /** Monotonic, from an arbitrary start. */
  now(): number;
  setTimeout(fn: () => void, ms: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
