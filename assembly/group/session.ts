import * as hal from '../hal';
import { CHECK_VALUE, commitMaster, isKeyed, lifeCycle, takeCheckValue } from '../keys';
import { putBytes, putField, putLiteral, putMap, putNull, putText, putUnsigned } from '../link/writer';
import { KeySlot, LifeCycle, Op, MenuUser, Rc, Refusal, Register, SessionCommand, Size } from '../protocol';
import { candidateId, endSessions, openCandidate } from '../session/channel';
import { countFailure, countSuccess, waitOf } from '../session/guard';
import { finishErasing } from '../tamper';
import { bytesOf, Field, numberOf, pointerOf, readFields } from './session-fields';

/** What an answer is made of: the serial number, or the second message of a handshake. */
const MADE: usize = memory.data(48);
const HANDSHAKE_BYTES: i32 = 48;

/** Close was answered, or the key is another one: sessions end once the answer is sealed. */
let closing: bool = false;

/** Handler of group 65 but for messages, which `answerPacket` takes apart itself. `inside` a session or not. */
export function sessionCommand(op: i32, command: i32, inside: bool): i32 {
  closing = false;
  if (op == Op.Read && command == SessionCommand.Status) return status();
  if (op == Op.Read) return command == SessionCommand.SelfTest ? selfTest() : Rc.NotSupported;
  if (command == SessionCommand.Open) return inside ? Rc.NotSupported : open();
  if (command == SessionCommand.LoadPart || command == SessionCommand.Commit) {
    if (!finishErasing()) return -Refusal.Tampered;
    return command == SessionCommand.LoadPart ? loadPart(inside) : commit(inside);
  }
  if (command < SessionCommand.Close || command > SessionCommand.Unlock) return Rc.NotSupported;
  if (!inside) return -lockedOut();
  if (command == SessionCommand.Close) return close();
  return command == SessionCommand.Passwords ? setPasswords() : unlock();
}

/** Why a command is not answered outside of a session. */
export function lockedOut(): i32 {
  const state = lifeCycle();
  if (state == LifeCycle.Tampered) return Refusal.Tampered;
  return state == LifeCycle.Virgin ? Refusal.KeyMissing : Refusal.SessionMissing;
}

function status(): i32 {
  const rc = readFields(0);
  if (rc != Rc.Ok) return rc;
  const state = lifeCycle();
  const wait = waitOf(Register.SessionTries);
  putMap(state == LifeCycle.Tampered ? 5 : 4);
  putField('state', state);
  putLiteral('serial');
  putText(MADE, max(hal.serial_number(MADE, Size.SerialMax), 0));
  putLiteral('kcv');
  if (state != LifeCycle.Tampered && takeCheckValue(KeySlot.Master)) putBytes(CHECK_VALUE, Size.CheckValue);
  else putNull();
  putField('wait', wait);
  if (state == LifeCycle.Tampered) {
    putLiteral('text');
    putLiteral('contact the bank');
  }
  return Rc.Ok;
}

/** Has the HAL try its cryptography on published vectors. */
function selfTest(): i32 {
  const rc = readFields(0);
  if (rc != Rc.Ok) return rc;
  if (lifeCycle() == LifeCycle.Tampered) return -Refusal.Tampered;
  putMap(1);
  putField('failed', hal.self_test());
  return Rc.Ok;
}

function open(): i32 {
  const rc = readFields(Field.Data);
  if (rc != Rc.Ok) return rc;
  if (lifeCycle() == LifeCycle.Tampered) return -Refusal.Tampered;
  const refusal = openCandidate(pointerOf(Field.Data), bytesOf(Field.Data), MADE);
  if (refusal != Refusal.None) return -refusal;
  putMap(2);
  putLiteral('s');
  putUnsigned(candidateId());
  putLiteral('d');
  putBytes(MADE, HANDSHAKE_BYTES);
  memory.fill(MADE, 0, HANDSHAKE_BYTES);
  return Rc.Ok;
}

function close(): i32 {
  const rc = readFields(0);
  if (rc != Rc.Ok) return rc;
  closing = true;
  putMap(0);
  return Rc.Ok;
}

export function closeIfAsked(): void {
  if (closing) endSessions();
  closing = false;
}

/** There is a key that only a session under it may replace. */
function isLive(): bool {
  const state = lifeCycle();
  return state == LifeCycle.Keyed || state == LifeCycle.InService;
}

function loadPart(inside: bool): i32 {
  const rc = readFields(Field.Part | Field.Key);
  if (rc != Rc.Ok) return rc;
  if (!inside && isLive()) return -Refusal.KeyLive;
  const part = numberOf(Field.Part);
  if (part < 1 || part > 2 || bytesOf(Field.Key) != Size.Key) return Rc.Invalid;
  if (isZero(pointerOf(Field.Key), Size.Key)) return -Refusal.KeyWeak;
  const slot = part == 1 ? KeySlot.PartOne : KeySlot.PartTwo;
  if (hal.key_load(slot, pointerOf(Field.Key)) < 0 || !takeCheckValue(slot)) return Rc.Unknown;
  return putCheckValue();
}

/** With such a component, the other one alone is the key. */
function isZero(ptr: usize, bytes: i32): bool {
  let bits: u32 = 0;
  for (let i = 0; i < bytes; i++) bits |= load<u8>(ptr + i);
  return bits == 0;
}

function commit(inside: bool): i32 {
  const rc = readFields(Field.CheckValue);
  if (rc != Rc.Ok) return rc;
  const expected = pointerOf(Field.CheckValue);
  if (bytesOf(Field.CheckValue) != Size.CheckValue) return Rc.Invalid;
  const parts = hal.key_present(KeySlot.PartOne) > 0 || hal.key_present(KeySlot.PartTwo) > 0;
  const done = !parts && isLive() && takeCheckValue(KeySlot.Master);
  if (!done || memory.compare(CHECK_VALUE, expected, Size.CheckValue) != 0) {
    if (!inside && isLive()) return -Refusal.KeyLive;
    const refusal = commitMaster(expected);
    if (refusal != Refusal.None) return -refusal;
    closing = inside;
  }
  return isKeyed() && takeCheckValue(KeySlot.Master) ? putCheckValue() : <i32>Rc.Unknown;
}

function putCheckValue(): i32 {
  putMap(1);
  putLiteral('kcv');
  putBytes(CHECK_VALUE, Size.CheckValue);
  return Rc.Ok;
}

function setPasswords(): i32 {
  const rc = readFields(Field.Operator | Field.Administrator);
  if (rc != Rc.Ok) return rc;
  if (!isPassword(Field.Operator) || !isPassword(Field.Administrator)) return -Refusal.PasswordShape;
  const operator = pointerOf(Field.Operator);
  const admin = pointerOf(Field.Administrator);
  if (hal.passwords_set(operator, bytesOf(Field.Operator), admin, bytesOf(Field.Administrator)) < 0) return Rc.Unknown;
  countSuccess(Register.OperatorTries);
  countSuccess(Register.AdministratorTries);
  putMap(0);
  return Rc.Ok;
}

/** Printable ASCII, which a keypad of a terminal can have. */
function isPassword(field: Field): bool {
  const bytes = bytesOf(field);
  if (bytes < Size.PasswordMin || bytes > Size.PasswordMax) return false;
  for (let i = 0; i < bytes; i++) {
    const char: u32 = load<u8>(pointerOf(field) + i);
    if (char < 0x20 || char > 0x7e) return false;
  }
  return true;
}

function unlock(): i32 {
  const rc = readFields(Field.Who | Field.Password);
  if (rc != Rc.Ok) return rc;
  const who = numberOf(Field.Who);
  if (who != MenuUser.Operator && who != MenuUser.Administrator) return Rc.Invalid;
  if (!isPassword(Field.Password)) return -Refusal.PasswordShape;
  if (hal.password_present(who) <= 0) return Rc.NoEntry;
  const guard = who == MenuUser.Operator ? Register.OperatorTries : Register.AdministratorTries;
  if (waitOf(guard) != 0) return -Refusal.TooSoon;
  // Counted before it is looked at: cutting the power at the right moment gives no further try.
  if (!countFailure(guard)) return Rc.Unknown;
  if (hal.password_check(who, pointerOf(Field.Password), bytesOf(Field.Password)) != 0) return -Refusal.PasswordWrong;
  countSuccess(guard);
  putMap(0);
  return Rc.Ok;
}
