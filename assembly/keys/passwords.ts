import * as hal from '../hal';
import { Outcome, refused } from '../outcome';
import { MenuUser, Rc, Refusal, Register, Size } from '../protocol';
import { countFailure, countSuccess, waitOf } from './guards';

// The passwords of the menu's users: digits, since a keypad has no more.

export function isPassword(ptr: usize, len: i32): bool {
  if (len < Size.PasswordMin || len > Size.PasswordMax) return false;
  for (let i = 0; i < len; i++) {
    if (<u32>load<u8>(ptr + i) - 0x30 > 9) return false;
  }
  return true;
}

/** Returns whether both were kept. */
export function setPasswords(operator: usize, operatorLen: i32, admin: usize, adminLen: i32): bool {
  if (hal.passwords_set(operator, operatorLen, admin, adminLen) < 0) return false;
  countSuccess(Register.OperatorTries);
  countSuccess(Register.AdministratorTries);
  return true;
}

/** Compares a password, and counts a failure. Returns `Rc.Ok`, or why not. */
export function tryPassword(who: i32, ptr: usize, len: i32): Outcome {
  if (hal.password_present(who) <= 0) return Rc.NoEntry;
  const guard = who == MenuUser.Operator ? Register.OperatorTries : Register.AdministratorTries;
  const wait = waitOf(guard);
  if (wait != 0) return refused(Refusal.TooSoon, wait);
  // Counted before it is compared: cutting the power at the right moment gives no further try.
  if (!countFailure(guard)) return Rc.Unknown;
  if (hal.password_check(who, ptr, len) != 0) return refused(Refusal.PasswordWrong, 0);
  countSuccess(guard);
  return Rc.Ok;
}
