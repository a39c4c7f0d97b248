import * as hal from '../hal';
import { isKeyed } from '../keys/slots';
import { Event, LifeCycle, MenuUser, Register, TamperStage } from '../protocol';

// Where the terminal is in its life cycle: docs/SECURITY.md.

const STAGE: usize = memory.data(1, 1);

/**
 * A `TamperStage`, as the register has it. A latch that could not be kept there holds until the
 * terminal is off.
 */
export let tamperStage: i32 = TamperStage.None;

/**
 * How often a change that the key store refuses is tried, before it is left to the next boot or
 * host.
 */
export const KEY_STORE_TRIES: i32 = 3;

/**
 * A stage that cannot be read counts as latched and erased: nothing is erased because of a failed
 * read.
 */
export function readTamperStage(): void {
  const read = hal.register_get(Register.Tamper, STAGE, 1) >= 0;
  tamperStage = read ? <i32>load<u8>(STAGE) : TamperStage.Erased;
}

/** Returns whether the stage was kept. */
export function setTamperStage(stage: TamperStage): bool {
  store<u8>(STAGE, stage);
  let kept = false;
  for (let tries = 0; tries < KEY_STORE_TRIES && !kept; tries++)
    kept = hal.register_set(Register.Tamper, STAGE, 1) >= 0;
  if (kept || stage == TamperStage.Latched) tamperStage = stage;
  hal.event(Event.Tamper, tamperStage);
  return kept;
}

export function lifeCycle(): LifeCycle {
  if (tamperStage != TamperStage.None) return LifeCycle.Tampered;
  if (!isKeyed()) return LifeCycle.Virgin;
  const hasOperator = hal.password_present(MenuUser.Operator) > 0;
  const hasAdministrator = hal.password_present(MenuUser.Administrator) > 0;
  return hasOperator && hasAdministrator ? LifeCycle.InService : LifeCycle.Keyed;
}

/** There is a key that only a session under it may replace. */
export function hasLiveKey(): bool {
  return tamperStage == TamperStage.None && isKeyed();
}
