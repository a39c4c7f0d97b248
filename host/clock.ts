/** What `setTimeout` of a clock returns; only that clock can read it. */
export type TimerHandle = unknown;

/** Time as everything here that waits sees it, so that a test can be its master. Milliseconds throughout. */
export interface Clock {
  /** Monotonic, from an arbitrary start. */
  now(): number;
  setTimeout(fn: () => void, ms: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};
