/** Monotonic milliseconds of the last `poll`. They may wrap around. */
export let now: u32 = 0;
/** A `poll` came since `boot`, so the time is known. */
export let ticking: bool = false;

export function stopClock(): void {
  ticking = false;
}

export function setNow(ms: u32): void {
  now = ms;
  ticking = true;
}

/** The sooner of two waits; -1 is a wait without an end. */
export function sooner(a: i32, b: i32): i32 {
  if (a < 0) return b;
  return b < 0 || a < b ? a : b;
}
