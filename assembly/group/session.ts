import { RELEASE } from '../../build/generated/version';
import { bytesOf, Field, numberOf, pointerOf, readFields } from '../cbor/fields';
import { putBytes, putField, putMap, putNull, putRom, putText, putUnsigned, putWord } from '../cbor/writer';
import * as hal from '../hal';
import { waitOf } from '../keys/guards';
import * as passwords from '../keys/passwords';
import { CHECK_VALUE, checkValueIs, hasPart, isKeyed, takeCheckValue } from '../keys/slots';
import { commitMaster } from '../lifecycle/key-loading';
import { hasLiveKey, lifeCycle } from '../lifecycle/life-cycle';
import { finishErasing } from '../lifecycle/tamper';
import { redraw } from '../menu/menu';
import { Outcome, refused } from '../outcome';
import {
  KeySlot,
  LifeCycle,
  MenuUser,
  Op,
  Rc,
  Refusal,
  Register,
  RuntimeText,
  SessionCommand,
  Size,
} from '../protocol';
import { REPLY } from '../scratch';
import { candidateId, endSessions, openCandidate, SECOND } from '../session/channel';
import { OVERHEAD } from '../session/noise';
import { runtimeText } from '../text/runtime';

/** `close` was carried out, or the key replaced: sessions end once the reply is sealed. */
let closing: bool = false;

/**
 * Handler of group 65, but for messages; see `reply` in dispatch.ts. `inside` a session or not.
 */
export function sessionCommand(op: i32, command: i32, inside: bool): Outcome {
  closing = false;
  // Most commands of this group change what the screen says of keys and passwords.
  if (op == Op.Write) redraw();
  if (op == Op.Read && command == SessionCommand.Status) return status();
  if (op == Op.Read && command == SessionCommand.SelfTest) return selfTest();
  if (op == Op.Read) return command == SessionCommand.About ? about() : Rc.NotSupported;
  if (command == SessionCommand.Open) return inside ? Rc.NotSupported : open();
  if (command == SessionCommand.LoadPart || command == SessionCommand.Commit) {
    if (!finishErasing()) return refused(Refusal.Tampered, 0);
    return command == SessionCommand.LoadPart ? loadPart(inside) : commit(inside);
  }
  if (command < SessionCommand.Close || command > SessionCommand.Unlock) return Rc.NotSupported;
  if (!inside) return refused(lockedOut(), 0);
  if (command == SessionCommand.Close) return close();
  return command == SessionCommand.Passwords ? setPasswords() : unlock();
}

/** Why a command is refused outside of a session. */
export function lockedOut(): Refusal {
  const state = lifeCycle();
  if (state == LifeCycle.Tampered) return Refusal.Tampered;
  return state == LifeCycle.Virgin ? Refusal.KeyMissing : Refusal.SessionMissing;
}

function status(): Outcome {
  const rc = readFields(0, 0);
  if (rc != Rc.Ok) return rc;
  const state = lifeCycle();
  const wait = waitOf(Register.SessionTries);
  putMap(state == LifeCycle.Tampered ? 5 : 4);
  putField(word('state'), state);
  putWord(word('serial'));
  putText(REPLY, max(hal.serial_number(REPLY, Size.SerialMax), 0));
  putWord(word('kcv'));
  if (state != LifeCycle.Tampered && takeCheckValue(KeySlot.Master)) putBytes(CHECK_VALUE, Size.CheckValue);
  else putNull();
  putField(word('wait'), wait);
  if (state == LifeCycle.Tampered) {
    putWord(word('text'));
    putRom(rom('contact the bank'));
  }
  return Rc.Ok;
}

/** Has the HAL try its cryptography on published vectors. */
function selfTest(): Outcome {
  const rc = readFields(0, 0);
  if (rc != Rc.Ok) return rc;
  if (lifeCycle() == LifeCycle.Tampered) return refused(Refusal.Tampered, 0);
  putMap(1);
  putField(word('failed'), hal.self_test());
  return Rc.Ok;
}

/** What firmware cannot know of itself, and what it can. */
function about(): Outcome {
  const rc = readFields(0, 0);
  if (rc != Rc.Ok) return rc;
  if (lifeCycle() == LifeCycle.Tampered) return refused(Refusal.Tampered, 0);
  putMap(7);
  putWord(word('release'));
  putRom(RELEASE);
  putField(word('hal'), Size.HalVersion);
  putRuntimeText(word('runtime'), RuntimeText.Runtime);
  putRuntimeText(word('arch'), RuntimeText.Architecture);
  putRuntimeText(word('cpu'), RuntimeText.Processor);
  putRuntimeText(word('board'), RuntimeText.Board);
  putWord(word('build'));
  if (hal.build_digest(REPLY) < 0) putNull();
  else putBytes(REPLY, Size.Key);
  return Rc.Ok;
}

function putRuntimeText(key: u64, which: RuntimeText): void {
  putWord(key);
  putText(REPLY, runtimeText(which, REPLY));
}

function open(): Outcome {
  const rc = readFields(Field.Data, Field.Data);
  if (rc != Rc.Ok) return rc;
  if (lifeCycle() == LifeCycle.Tampered) return refused(Refusal.Tampered, 0);
  const outcome = openCandidate(pointerOf(Field.Data), bytesOf(Field.Data));
  if (outcome != 0) return outcome;
  putMap(2);
  putWord(word('s'));
  putUnsigned(candidateId());
  putWord(word('d'));
  putBytes(SECOND, OVERHEAD);
  return Rc.Ok;
}

function close(): Outcome {
  const rc = readFields(0, 0);
  if (rc != Rc.Ok) return rc;
  closing = true;
  putMap(0);
  return Rc.Ok;
}

export function closeIfAsked(): void {
  if (closing) endSessions();
  closing = false;
}

function loadPart(inside: bool): Outcome {
  const rc = readFields(Field.Part | Field.Key, Field.Part | Field.Key);
  if (rc != Rc.Ok) return rc;
  if (!inside && hasLiveKey()) return refused(Refusal.KeyLive, 0);
  const part = numberOf(Field.Part);
  if (part < 1 || part > 2 || bytesOf(Field.Key) != Size.Key) return Rc.Invalid;
  if (isZero(pointerOf(Field.Key), Size.Key)) return refused(Refusal.KeyWeak, 0);
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

function commit(inside: bool): Outcome {
  const rc = readFields(Field.CheckValue, Field.CheckValue);
  if (rc != Rc.Ok) return rc;
  const expected = pointerOf(Field.CheckValue);
  if (bytesOf(Field.CheckValue) != Size.CheckValue) return Rc.Invalid;
  // A repeated commit finds no parts, and the key in its place.
  const done = !hasPart() && hasLiveKey() && checkValueIs(KeySlot.Master, expected);
  if (!done) {
    if (!inside && hasLiveKey()) return refused(Refusal.KeyLive, 0);
    const refusal = commitMaster(expected);
    if (refusal != Refusal.None) return refused(refusal, 0);
    closing = inside;
  }
  return isKeyed() && takeCheckValue(KeySlot.Master) ? putCheckValue() : Rc.Unknown;
}

function putCheckValue(): Outcome {
  putMap(1);
  putWord(word('kcv'));
  putBytes(CHECK_VALUE, Size.CheckValue);
  return Rc.Ok;
}

function setPasswords(): Outcome {
  const needed: u32 = Field.Operator | Field.Administrator;
  const rc = readFields(needed, needed);
  if (rc != Rc.Ok) return rc;
  const operator = pointerOf(Field.Operator);
  const operatorBytes = bytesOf(Field.Operator);
  const admin = pointerOf(Field.Administrator);
  const adminBytes = bytesOf(Field.Administrator);
  if (!passwords.isPassword(operator, operatorBytes) || !passwords.isPassword(admin, adminBytes))
    return refused(Refusal.PasswordShape, 0);
  if (!passwords.setPasswords(operator, operatorBytes, admin, adminBytes)) return Rc.Unknown;
  putMap(0);
  return Rc.Ok;
}

function unlock(): Outcome {
  const rc = readFields(Field.Who | Field.Password, Field.Who | Field.Password);
  if (rc != Rc.Ok) return rc;
  const who = numberOf(Field.Who);
  if (who != MenuUser.Operator && who != MenuUser.Administrator) return Rc.Invalid;
  const password = pointerOf(Field.Password);
  const bytes = bytesOf(Field.Password);
  // One of an earlier firmware may have other characters: it is compared all the same.
  if (bytes < Size.PasswordMin || bytes > Size.PasswordMax) return refused(Refusal.PasswordShape, 0);
  const outcome = passwords.tryPassword(who, password, bytes);
  if (outcome == Rc.Ok) putMap(0);
  return outcome;
}
