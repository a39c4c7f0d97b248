import * as hal from '../hal';
import { bankCode, bankName, NO_BANK } from '../card/bank';
import { bankIn, isCheckWrong, makeRecord, maskedName, maskedPan, roleOf, schemeIn } from '../card/record';
import { OPENED, openSlot, recordAt, SPOILED, wipeOpened } from '../card/seal';
import { namesSensitiveData } from '../card/sensitive';
import { ANY_GENERATION, bind, isChanged, replace, slotOf, unbind } from '../card/table';
import * as fields from '../cbor/fields';
import { Field, hasFields, numberOf } from '../cbor/fields';
import * as reader from '../cbor/reader';
import * as writer from '../cbor/writer';
import { Outcome, refused } from '../outcome';
import { isSchemeAllowed, slotsAllowed, warnsOnly } from '../policy/rules';
import { formatPolicy, policyState, unprovenPolicy, wipePolicy } from '../policy/stored';
import { CardCommand, FlashState, KeySlot, Op, Rc, Refusal, Role, Size } from '../protocol';
import { REPLY } from '../scratch';
import { damaged, format, generation, state, unproven, writable } from '../store/journal';
import { isEmpty, slotAt, wipeNext } from '../store/slots';
import { copyRom, RomText } from '../text/rom';
import { wordOf } from '../text/words';
import { policyCommand, putPolicyProof } from './policy';

/**
 * Handler of group 66; see `reply` in dispatch.ts. Whatever it returns, no record stays in
 * memory.
 */
export function cardCommand(op: i32, command: i32): Outcome {
  const outcome = carryOut(op == Op.Read, command);
  wipeNext();
  wipeOpened();
  return outcome;
}

function carryOut(read: bool, command: i32): Outcome {
  if (command == CardCommand.List && read) return listCards();
  if (command == CardCommand.Bind && !read) return bindCard();
  if (command == CardCommand.Unbind && !read) return unbindCard();
  if (command == CardCommand.Replace && !read) return replaceCards();
  if (command == CardCommand.Verify && read) return verifyCards();
  if (command == CardCommand.Format && !read) return formatFlash();
  if (command == CardCommand.Policy) return policyCommand(read);
  return Rc.NotSupported;
}

const CARD: u32 = Field.Pan | Field.Name | Field.Role;
const CARD_NEEDS: u32 = Field.Pan | Field.Name;

/**
 * Reads a body that has fields among `allowed`, and all of `needed`. Returns `Rc.Ok` or why not.
 */
function readRequest(allowed: u32, needed: u32): Outcome {
  const outcome = readPairs(reader.openBody(), allowed);
  if (outcome != Rc.Ok) return outcome;
  if (!reader.finished()) return Rc.Invalid;
  return hasFields(needed) ? <Outcome>Rc.Ok : refused(Refusal.FieldMissing, 0);
}

/** Reads the pairs of an open map. */
function readPairs(pairs: i32, allowed: u32): Outcome {
  fields.startFields();
  for (let left = pairs; reader.more(left); left = reader.next(left)) {
    const field = fields.takeField(allowed);
    if (field == Field.None) return Rc.Invalid;
    if (field == -Refusal.FieldUnknown && namesSensitiveData(reader.stringPtr, reader.stringBytes))
      return refused(Refusal.SensitiveData, 0);
    if (field < 0) return field;
    if (field == Field.Slot && !isSlot(numberOf(Field.Slot))) return refused(Refusal.SlotRange, 0);
    if (field != Field.Slots) continue;
    const outcome = readSlots();
    if (outcome != Rc.Ok) return outcome;
  }
  return Rc.Ok;
}

function isSlot(number: u32): bool {
  return number >= 1 && number <= <u32>Size.Slots;
}

/** The generation that the request expects. */
function expected(): i64 {
  return fields.isAnyGeneration() ? ANY_GENERATION : <i64>numberOf(Field.Generation);
}

/** Makes a record, at `record`, of the card that was read. Returns a `Refusal`. */
function recordCard(record: usize): Refusal {
  const role = hasFields(Field.Role) ? <i32>numberOf(Field.Role) : Role.Payment;
  return makeRecord(
    fields.pointerOf(Field.Pan),
    fields.bytesOf(Field.Pan),
    fields.pointerOf(Field.Name),
    fields.bytesOf(Field.Name),
    role,
    warnsOnly,
    record,
  );
}

/** Why no card may be bound or unbound, or `None`. */
function changeable(): i32 {
  const locked = writable();
  return locked != Refusal.None ? locked : unprovenPolicy();
}

function bindCard(): Outcome {
  const request = readRequest(Field.Generation | Field.Slot | CARD, Field.Generation | CARD_NEEDS);
  if (request != Rc.Ok) return request;
  const card = recordCard(recordAt(0));
  if (card != Refusal.None) return refused(card, 0);
  const locked = changeable();
  if (locked != Refusal.None) return refused(locked, 0);
  const outcome = bind(hasFields(Field.Slot) ? numberOf(Field.Slot) : 0, expected());
  return outcome < 0 ? outcome : putChange(outcome, true);
}

function unbindCard(): Outcome {
  const needed: u32 = Field.Generation | Field.Slot;
  const request = readRequest(needed, needed);
  if (request != Rc.Ok) return request;
  const locked = changeable();
  if (locked != Refusal.None) return refused(locked, 0);
  const outcome = unbind(numberOf(Field.Slot), expected());
  return outcome < 0 ? outcome : putChange(outcome, false);
}

function replaceCards(): Outcome {
  const needed: u32 = Field.Generation | Field.Slots;
  const request = readRequest(needed, needed);
  if (request != Rc.Ok) return request;
  const locked = changeable();
  if (locked != Refusal.None) return refused(locked, 0);
  const outcome = replace(expected());
  return outcome < 0 ? outcome : putChange(outcome, false);
}

/** Lays out the eight records of `replace`. */
function readSlots(): Outcome {
  let index = 0;
  for (let left = reader.openArray(); reader.more(left); left = reader.next(left), index++) {
    if (index >= Size.Slots) return Rc.Invalid;
    const outcome = readSlot(index);
    if (outcome > 0) return outcome;
    if (outcome < 0) return refused(<i32>-outcome, index + 1);
  }
  return index == Size.Slots ? Rc.Ok : Rc.Invalid;
}

/** Lays out a slot of `replace`: true leaves it as it is, null empties it, a map is a card. */
function readSlot(index: i32): Outcome {
  const record = recordAt(index);
  if (reader.takeTrue()) {
    if (openSlot(index) == SPOILED) return refused(Refusal.FlashDamaged, 0);
    memory.copy(record, OPENED, Size.Record);
    return Rc.Ok;
  }
  if (reader.takeNull()) {
    memory.fill(record, 0, Size.Record);
    return Rc.Ok;
  }
  const outer = fields.startFields();
  const outcome = readPairs(reader.openMap(), CARD);
  if (outcome != Rc.Ok) return outcome;
  if (reader.bad) return Rc.Invalid;
  if (!hasFields(CARD_NEEDS)) return refused(Refusal.FieldMissing, 0);
  const refusal = recordCard(record);
  if (refusal != Refusal.None) return refused(refusal, 0);
  fields.resumeFields(outer);
  return Rc.Ok;
}

/** Writes what a change came to. */
function putChange(change: Outcome, withSlot: bool): Outcome {
  writer.putMap(withSlot ? 3 : 2);
  writer.putField(word('gen'), generation);
  if (withSlot) writer.putField(word('slot'), slotOf(change));
  writer.putWord(word('changed'));
  writer.putBool(isChanged(change));
  return Rc.Ok;
}

function listCards(): Outcome {
  const request = readRequest(0, 0);
  if (request != Rc.Ok) return request;
  const limited = slotsAllowed < Size.Slots;
  const doubtful = policyState != FlashState.Ready && policyState != FlashState.Blank;
  writer.putMap(3 + (limited ? 1 : 0) + (doubtful ? 1 : 0));
  writer.putField(word('gen'), generation);
  writer.putField(word('state'), state);
  if (limited) writer.putField(word('most'), slotsAllowed);
  if (doubtful) writer.putField(word('policy'), policyState);
  writer.putWord(word('slots'));
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
  const bank = bankIn(record);
  const wrong = isCheckWrong(record);
  // It was bound before the policy forbade it.
  const forbidden = !isSchemeAllowed(schemeIn(record)) || (wrong && !warnsOnly);
  writer.putMap(4 + (bank == NO_BANK ? 0 : 1) + (wrong ? 1 : 0) + (forbidden ? 1 : 0));
  writer.putWord(word('pan'));
  writer.putText(REPLY, maskedPan(record, REPLY));
  writer.putField(word('scheme'), schemeIn(record));
  writer.putField(word('role'), roleOf(record));
  writer.putWord(word('name'));
  writer.putText(REPLY, maskedName(record, REPLY));
  if (wrong) {
    writer.putWord(word('luhn'));
    writer.putBool(false);
  }
  if (forbidden) {
    writer.putWord(word('allowed'));
    writer.putBool(false);
  }
  if (bank == NO_BANK) return;
  writer.putWord(word('bank'));
  writer.putMap(2);
  writer.putWord(word('code'));
  writer.putRom(bankCode(bank));
  writer.putWord(word('name'));
  writer.putRom(bankName(bank));
}

// The message of `verify`'s MACs: docs/PROTOCOL.md.
const LABEL: RomText = rom('octobind verify 1');
const MESSAGE: usize = REPLY;
const MESSAGE_BYTES: i32 = 152;
const MAC: usize = MESSAGE + MESSAGE_BYTES;

function verifyCards(): Outcome {
  const request = readRequest(Field.Nonce, Field.Nonce);
  if (request != Rc.Ok) return request;
  const nonceBytes = fields.bytesOf(Field.Nonce);
  if (nonceBytes < Size.NonceMin || nonceBytes > Size.NonceMax) return Rc.Invalid;
  const table = unproven();
  const reason = table != Refusal.None ? table : unprovenPolicy();
  if (reason != Refusal.None) return refused(reason, 0);
  const slotByte = putPrefix(fields.pointerOf(Field.Nonce), nonceBytes);
  writer.putMap(3);
  writer.putField(word('gen'), generation);
  writer.putWord(word('macs'));
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
  if (refusal == Refusal.None) refusal = putPolicyProof(MESSAGE, slotByte);
  memory.fill(MESSAGE, 0, MESSAGE_BYTES + Size.Key);
  wipePolicy();
  return refusal == Refusal.None ? <Outcome>Rc.Ok : refused(refusal, 0);
}

/** Writes the part of the message that all slots share. Returns where the slot's number goes. */
function putPrefix(nonce: usize, nonceBytes: i32): usize {
  let at = MESSAGE;
  at += copyRom(LABEL, at);
  const serialBytes = max(hal.serial_number(at + 1, Size.SerialMax), 0);
  store<u8>(at, serialBytes);
  at += serialBytes + 1;
  store<u8>(at, nonceBytes);
  memory.copy(at + 1, nonce, nonceBytes);
  at += nonceBytes + 1;
  assert(at + 1 + Size.Record <= MESSAGE + MESSAGE_BYTES);
  return at;
}

function formatFlash(): Outcome {
  const request = readRequest(Field.Confirm, Field.Confirm);
  if (request != Rc.Ok) return request;
  const confirmed = wordOf(fields.pointerOf(Field.Confirm), fields.bytesOf(Field.Confirm)) == word('format');
  if (!confirmed) return Rc.Invalid;
  if (state == FlashState.Unsupported) return refused(Refusal.FlashUnsupported, 0);
  let refusal = format();
  if (refusal == Refusal.None) refusal = formatPolicy();
  if (refusal != Refusal.None) return refused(refusal, 0);
  writer.putMap(1);
  writer.putField(word('gen'), generation);
  return Rc.Ok;
}
