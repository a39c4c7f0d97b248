import * as hal from '../hal';
import { makeRecord, maskedName, maskedPan, roleOf, schemeIn } from '../card/record';
import { OPENED, openSlot, recordAt, SPOILED, wipeOpened } from '../card/seal';
import { ANY_GENERATION, bind, changed, replace, slot, unbind } from '../card/table';
import { CardCommand, FlashState, KeySlot, Op, Rc, Refusal, Role, Size } from '../protocol';
import * as reader from '../link/reader';
import { setRefusalSlot } from '../link/refusal';
import * as writer from '../link/writer';
import { damaged, format, generation, state, unproven, writable } from '../store/journal';
import { isEmpty, slotAt, wipeNext } from '../store/slots';
import { Field, fieldOf } from './fields';

/** Handler of group 66; see `answerPacket`. Whatever it answers, no record stays in memory. */
export function cardCommand(op: i32, command: i32): i32 {
  setRefusalSlot(0);
  const rc = carryOut(op == Op.Read, command);
  wipeNext();
  wipeOpened();
  return rc;
}

function carryOut(read: bool, command: i32): i32 {
  if (command == CardCommand.List && read) return listCards();
  if (command == CardCommand.Bind && !read) return bindCard();
  if (command == CardCommand.Unbind && !read) return unbindCard();
  if (command == CardCommand.Replace && !read) return replaceCards();
  if (command == CardCommand.Verify && read) return verifyCards();
  if (command == CardCommand.Format && !read) return formatFlash();
  return Rc.NotSupported;
}

// The request's fields. A field that is absent is not in `seen`.
let seen: u32 = 0;
let expected: i64 = 0;
let slotField: i32 = 0;
let role: i32 = 0;
let panPtr: usize = 0;
let panBytes: i32 = 0;
let namePtr: usize = 0;
let nameBytes: i32 = 0;
let noncePtr: usize = 0;
let nonceBytes: i32 = 0;
let confirmed: bool = false;

/** Reads the body, whose fields must be among `allowed`. Answers as handlers do. */
function readRequest(allowed: u32): i32 {
  const rc = readFields(reader.openBody(), allowed);
  return rc == Rc.Ok && !reader.finished() ? Rc.Invalid : rc;
}

/** Reads the pairs of an open map. */
function readFields(pairs: i32, allowed: u32): i32 {
  seen = 0;
  role = Role.Payment;
  for (let left = pairs; reader.more(left); left = reader.next(left)) {
    reader.readText();
    if (reader.bad) return Rc.Invalid;
    const field = fieldOf(reader.stringPtr, reader.stringBytes);
    if (field == Field.Sensitive) return -Refusal.SensitiveData;
    if ((field & allowed) == 0) return -Refusal.FieldUnknown;
    if ((field & seen) != 0) return Rc.Invalid;
    seen |= field;
    const rc = readValue(field);
    if (rc != Rc.Ok) return rc;
    if (reader.bad) return Rc.Invalid;
  }
  return Rc.Ok;
}

function readValue(field: i32): i32 {
  if (field == Field.Generation) {
    expected = reader.takeNull() ? ANY_GENERATION : <i64>reader.readUnsigned(u32.MAX_VALUE);
  } else if (field == Field.Slot) {
    slotField = reader.readUnsigned(i32.MAX_VALUE);
    if (!reader.bad && (slotField < 1 || slotField > Size.Slots)) return -Refusal.SlotRange;
  } else if (field == Field.Role) {
    role = reader.readUnsigned(i32.MAX_VALUE);
  } else if (field == Field.Pan) {
    reader.readText();
    panPtr = reader.stringPtr;
    panBytes = reader.stringBytes;
  } else if (field == Field.Name) {
    reader.readText();
    namePtr = reader.stringPtr;
    nameBytes = reader.stringBytes;
  } else if (field == Field.Nonce) {
    reader.readBytes();
    noncePtr = reader.stringPtr;
    nonceBytes = reader.stringBytes;
  } else if (field == Field.Confirm) {
    reader.readText();
    confirmed = reader.stringIs('format');
  } else if (field == Field.Slots) {
    return readSlots();
  }
  return Rc.Ok;
}

/** All of `fields` were in the request. */
function has(fields: u32): bool {
  return (seen & fields) == fields;
}

const CARD: u32 = Field.Pan | Field.Name | Field.Role;
const CARD_NEEDS: u32 = Field.Pan | Field.Name;

function bindCard(): i32 {
  const rc = readRequest(Field.Generation | Field.Slot | CARD);
  if (rc != Rc.Ok) return rc;
  if (!has(Field.Generation | CARD_NEEDS)) return -Refusal.FieldMissing;
  const card = makeRecord(panPtr, panBytes, namePtr, nameBytes, role, recordAt(0));
  if (card != Refusal.None) return -card;
  const locked = writable();
  if (locked != Refusal.None) return -locked;
  const refusal = bind(has(Field.Slot) ? slotField : 0, expected);
  setRefusalSlot(slot);
  if (refusal != Refusal.None) return -refusal;
  putOutcome(true);
  return Rc.Ok;
}

function unbindCard(): i32 {
  const rc = readRequest(Field.Generation | Field.Slot);
  if (rc != Rc.Ok) return rc;
  if (!has(Field.Generation | Field.Slot)) return -Refusal.FieldMissing;
  const locked = writable();
  if (locked != Refusal.None) return -locked;
  const refusal = unbind(slotField, expected);
  setRefusalSlot(slot);
  if (refusal != Refusal.None) return -refusal;
  putOutcome(false);
  return Rc.Ok;
}

function replaceCards(): i32 {
  const rc = readRequest(Field.Generation | Field.Slots);
  if (rc != Rc.Ok) return rc;
  if (!has(Field.Generation | Field.Slots)) return -Refusal.FieldMissing;
  const locked = writable();
  if (locked != Refusal.None) return -locked;
  const refusal = replace(expected);
  setRefusalSlot(slot);
  if (refusal != Refusal.None) return -refusal;
  putOutcome(false);
  return Rc.Ok;
}

/** Lays out the eight records of `replace`. */
function readSlots(): i32 {
  const outer = seen;
  let index = 0;
  for (let left = reader.openArray(); reader.more(left); left = reader.next(left), index++) {
    if (index >= Size.Slots) return Rc.Invalid;
    setRefusalSlot(index + 1);
    const record = recordAt(index);
    if (reader.takeTrue()) {
      if (openSlot(index) == SPOILED) return -Refusal.FlashDamaged;
      memory.copy(record, OPENED, Size.Record);
    } else if (reader.takeNull()) {
      memory.fill(record, 0, Size.Record);
    } else {
      const rc = readFields(reader.openMap(), CARD);
      if (rc != Rc.Ok) return rc;
      if (reader.bad) return Rc.Invalid;
      if (!has(CARD_NEEDS)) return -Refusal.FieldMissing;
      const refusal = makeRecord(panPtr, panBytes, namePtr, nameBytes, role, record);
      if (refusal != Refusal.None) return -refusal;
    }
  }
  seen = outer;
  setRefusalSlot(0);
  return index == Size.Slots ? Rc.Ok : Rc.Invalid;
}

function putOutcome(withSlot: bool): void {
  writer.putMap(withSlot ? 3 : 2);
  writer.putField('gen', generation);
  if (withSlot) writer.putField('slot', slot);
  writer.putLiteral('changed');
  writer.putBool(changed);
}

const TEXT: usize = memory.data(80);

function listCards(): i32 {
  const rc = readRequest(0);
  if (rc != Rc.Ok) return rc;
  writer.putMap(3);
  writer.putField('gen', generation);
  writer.putField('state', state);
  writer.putLiteral('slots');
  writer.putArray(Size.Slots);
  for (let i = 0; i < Size.Slots; i++) {
    const role = openSlot(i);
    if (role == SPOILED || (damaged & (1 << i)) != 0) writer.putBool(false);
    else if (role == Role.Empty) writer.putNull();
    else putCard(OPENED);
  }
  return Rc.Ok;
}

function putCard(record: usize): void {
  writer.putMap(4);
  writer.putLiteral('pan');
  writer.putText(TEXT, maskedPan(record, TEXT));
  writer.putField('scheme', schemeIn(record));
  writer.putField('role', roleOf(record));
  writer.putLiteral('name');
  writer.putText(TEXT, maskedName(record, TEXT));
}

// What the MAC of `verify` covers: docs/PROTOCOL.md.
const LABEL: string = 'octobind verify 1';
const MESSAGE: usize = memory.data(152);
const MAC: usize = memory.data(32);

function verifyCards(): i32 {
  const rc = readRequest(Field.Nonce);
  if (rc != Rc.Ok) return rc;
  if (!has(Field.Nonce)) return -Refusal.FieldMissing;
  if (nonceBytes < Size.NonceMin || nonceBytes > Size.NonceMax) return Rc.Invalid;
  const reason = unproven();
  if (reason != Refusal.None) return -reason;
  const slotByte = putPrefix();
  writer.putMap(2);
  writer.putField('gen', generation);
  writer.putLiteral('macs');
  writer.putArray(Size.Slots);
  let refusal = Refusal.None;
  for (let i = 0; i < Size.Slots && refusal == Refusal.None; i++) {
    if (isEmpty(slotAt(i))) {
      writer.putNull();
      continue;
    }
    if (openSlot(i) == SPOILED) refusal = Refusal.FlashDamaged;
    store<u8>(slotByte, i + 1);
    memory.copy(slotByte + 1, OPENED, Size.Record);
    const result = hal.hmac_sha256(KeySlot.Verify, MESSAGE, <i32>(slotByte - MESSAGE) + 1 + Size.Record, MAC);
    if (result < 0) refusal = Refusal.KeyMissing;
    writer.putBytes(MAC, Size.Mac);
  }
  memory.fill(MESSAGE, 0, 152);
  memory.fill(MAC, 0, 32);
  return -refusal;
}

/** Writes all of the MAC's message that is alike for all slots; answers where the slot's number goes. */
function putPrefix(): usize {
  let at = MESSAGE;
  for (let i = 0; i < LABEL.length; i++) store<u8>(at++, LABEL.charCodeAt(i));
  const serialBytes = max(hal.serial_number(at + 1, Size.SerialMax), 0);
  store<u8>(at, serialBytes);
  at += serialBytes + 1;
  store<u8>(at, nonceBytes);
  memory.copy(at + 1, noncePtr, nonceBytes);
  return at + nonceBytes + 1;
}

function formatFlash(): i32 {
  confirmed = false;
  const rc = readRequest(Field.Confirm);
  if (rc != Rc.Ok) return rc;
  if (!has(Field.Confirm)) return -Refusal.FieldMissing;
  if (!confirmed) return Rc.Invalid;
  if (state == FlashState.Unsupported) return -Refusal.FlashUnsupported;
  const refusal = format();
  if (refusal != Refusal.None) return -refusal;
  writer.putMap(1);
  writer.putField('gen', generation);
  return Rc.Ok;
}
