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

/** A timer that fires later than this was held up: the process was stopped, or busy. */
const HELD_UP_MS = 100;
/** What arrived meanwhile is read in this time, also if that takes several turns of the loop. */
const READ_MS = 250;
/** Longest timer of Node and of browsers. */
const LONGEST_MS = 2 ** 31 - 1;

interface PatientTimer {
  readonly due: number;
  handle: TimerHandle;
  wasHeldUp: boolean;
}

/**
 * A clock for waiting for replies. None of its timers expires before what arrived was read. Time
 * in which the process was stopped, or busy, does not count: it heard nothing in it.
 */
export function patientClock(base: Clock): Clock {
  let heldUpMs = 0;
  const now = (): number => base.now() - heldUpMs;
  const wait = (timer: PatientTimer, fn: () => void): void => {
    timer.handle = base.setTimeout(() => expire(timer, fn), Math.min(timer.due - now(), LONGEST_MS));
  };
  const expire = (timer: PatientTimer, fn: () => void): void => {
    const lateMs = now() - timer.due;
    // Once for each timer: on a machine that is always late, it must expire in the end.
    if (lateMs > HELD_UP_MS && !timer.wasHeldUp) {
      timer.wasHeldUp = true;
      heldUpMs += lateMs + READ_MS;
      wait(timer, fn);
    } else if (lateMs < -1) {
      // Another timer noticed the hold-up first.
      wait(timer, fn);
    } else {
      // Not at once: all timers that are due run before anything is read.
      timer.handle = base.setTimeout(() => {
        timer.handle = undefined;
        fn();
      }, 0);
    }
  };
  return {
    now,
    setTimeout(fn, ms) {
      const timer: PatientTimer = { due: now() + ms, handle: undefined, wasHeldUp: false };
      wait(timer, fn);
      return timer;
    },
    clearTimeout(handle) {
      if (handle === undefined) return;
      const timer = handle as PatientTimer;
      if (timer.handle === undefined) return;
      base.clearTimeout(timer.handle);
      timer.handle = undefined;
      // What it waited for was read before it could expire.
      const lateMs = now() - timer.due;
      if (lateMs > HELD_UP_MS) heldUpMs += lateMs;
    },
  };
}

/** The clock of this machine, for whoever waits for replies. */
export const hostClock: Clock = patientClock(systemClock);
