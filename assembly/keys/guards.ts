import * as hal from '../hal';
import { now } from '../clock';
import { Register } from '../protocol';

// Slows down whoever guesses. Failures are counted where neither a power cut nor a reset takes
// them back. A guard is named by the register of its count. docs/PROTOCOL.md, group 65,
// "Failures".

/** Failures that are taken without a wait. */
const FREE_TRIES: u32 = 3;

const COUNT: usize = memory.data(4, 4);
const GUARDS: i32 = 3;
/** When each guard's last failure was, or when the power came. */
const SINCE: usize = memory.data(4 * GUARDS, 4);

/** Called when the time after a boot is first known. */
export function startGuards(): void {
  for (let i = 0; i < GUARDS; i++) store<u32>(SINCE + (i << 2), now);
}

/** Milliseconds until the next try is taken; 0 if it may be made now. */
export function waitOf(guard: i32): u32 {
  const tries = triesOf(guard);
  if (tries < FREE_TRIES) return 0;
  const spent = now - load<u32>(sinceOf(guard));
  const delay = delayOf(guard, tries - FREE_TRIES);
  return spent < delay ? delay - spent : 0;
}

/** Counts a failure. False if the HAL cannot keep it: then nothing may be tried. */
export function countFailure(guard: i32): bool {
  const tries = triesOf(guard);
  store<u32>(sinceOf(guard), now);
  store<u32>(COUNT, tries == u32.MAX_VALUE ? tries : tries + 1);
  return hal.register_set(guard, COUNT, 4) >= 0;
}

export function countSuccess(guard: i32): void {
  if (triesOf(guard) == 0) return;
  store<u32>(COUNT, 0);
  hal.register_set(guard, COUNT, 4);
}

function triesOf(guard: i32): u32 {
  return hal.register_get(guard, COUNT, 4) < 0 ? u32.MAX_VALUE : load<u32>(COUNT);
}

function sinceOf(guard: i32): usize {
  assert(guard >= Register.SessionTries && guard < <i32>Register.SessionTries + GUARDS);
  return SINCE + ((guard - Register.SessionTries) << 2);
}

/**
 * Doubles with each failure. A session's key has 256 bits and cannot be guessed, so its delay
 * only keeps the line quiet.
 */
function delayOf(guard: i32, doublings: u32): u32 {
  const first: u32 = guard == Register.SessionTries ? 100 : 10_000;
  const longest: u32 = guard == Register.SessionTries ? 10_000 : 900_000;
  return doublings > 6 ? longest : min(first << doublings, longest);
}
