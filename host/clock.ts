/** What `setTimeout` of a clock answers; only that clock can read it. */
export type TimerHandle = unknown;

/** Time as everything here that waits sees it, so that a test can be its master. Milliseconds throughout. */
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
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};
