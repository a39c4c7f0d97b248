import * as hal from '../hal';

/** A host asked for a restart, which comes once the reply is sent. */
export let restartWanted: bool = false;

/** The HAL was asked for the restart; nothing runs afterwards. */
let halted: bool = false;

export function startRestarts(): void {
  restartWanted = halted = false;
}

export function wantRestart(): void {
  restartWanted = true;
}

export function restart(): void {
  if (halted) return;
  halted = true;
  hal.reset();
}
