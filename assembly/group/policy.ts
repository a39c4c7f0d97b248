import * as fields from '../cbor/fields';
import { Field, hasFields, numberOf } from '../cbor/fields';
import * as reader from '../cbor/reader';
import * as writer from '../cbor/writer';
import * as hal from '../hal';
import { redraw } from '../menu/menu';
import { Outcome, refused } from '../outcome';
import { policyGeneration } from '../policy/anchor';
import {
  ADDER,
  BOUND_ITEMS,
  CONTACT_EN,
  CONTACT_ZH,
  LUHN,
  numberIn,
  PHONE,
  REMOVER,
  schemesIn,
  SHOP,
  SLOTS,
  textBytes,
  textIn,
  WORDING,
} from '../policy/content';
import { readPolicy } from '../policy/request';
import {
  HELD_CONTENT,
  isHeldAlready,
  NEW_CONTENT,
  openHeld,
  OPENED_POLICY,
  OPENED_POLICY_BYTES,
  policyState,
  setPolicy,
  unprovenPolicy,
  wipePolicy,
} from '../policy/stored';
import { FlashState, KeySlot, Rc, Refusal, Size } from '../protocol';
import { SCRATCH } from '../scratch';

/** Command `policy` of group 66. Whatever it returns, nothing of a policy stays in memory. */
export function policyCommand(read: bool): Outcome {
  const outcome = read ? readCommand() : writeCommand();
  wipePolicy();
  return outcome;
}

function readCommand(): Outcome {
  const request = fields.readFields(0, 0);
  if (request != Rc.Ok) return request;
  // Before the state is written: what is on flash now decides it.
  const held = policyState == FlashState.Ready && openHeld();
  writer.putMap(3);
  writer.putField(word('gen'), policyGeneration());
  writer.putField(word('state'), policyState);
  writer.putWord(word('policy'));
  if (held) putPolicy(HELD_CONTENT);
  else writer.putNull();
  return Rc.Ok;
}

function putPolicy(content: usize): void {
  writer.putMap(11);
  putText(word('shop'), content, SHOP);
  putText(word('zh'), content, CONTACT_ZH);
  putText(word('en'), content, CONTACT_EN);
  putText(word('phone'), content, PHONE);
  writer.putField(word('wording'), numberIn(content, WORDING));
  writer.putField(word('adds'), numberIn(content, ADDER));
  writer.putField(word('removes'), numberIn(content, REMOVER));
  writer.putField(word('slots'), numberIn(content, SLOTS));
  writer.putField(word('schemes'), schemesIn(content));
  writer.putField(word('luhn'), numberIn(content, LUHN));
  writer.putWord(word('bound'));
  writer.putBytes(content + BOUND_ITEMS, Size.Key);
}

function putText(name: u64, content: usize, text: usize): void {
  writer.putWord(name);
  writer.putText(textIn(content, text), textBytes(content, text));
}

function writeCommand(): Outcome {
  const request = readRequest();
  if (request != Rc.Ok) return request;
  const changes = !isHeldAlready();
  if (changes) {
    const isStale = !fields.isAnyGeneration() && numberOf(Field.Generation) != policyGeneration();
    const refusal = isStale ? Refusal.GenerationStale : setPolicy();
    redraw();
    if (refusal != Refusal.None) return refused(refusal, 0);
  }
  writer.putMap(2);
  writer.putField(word('gen'), policyGeneration());
  writer.putWord(word('changed'));
  writer.putBool(changes);
  return Rc.Ok;
}

/** Reads generation and policy, and lays out the content. */
function readRequest(): Outcome {
  const needed: u32 = Field.Generation | Field.Policy;
  fields.startFields();
  for (let left = reader.openBody(); reader.more(left); left = reader.next(left)) {
    const field = fields.takeField(needed);
    if (field <= 0) return field == Field.None ? <i32>Rc.Invalid : field;
    if (field != Field.Policy) continue;
    const outcome = readPolicy(NEW_CONTENT);
    if (outcome != Rc.Ok) return outcome;
  }
  if (!reader.finished()) return Rc.Invalid;
  return hasFields(needed) ? <Outcome>Rc.Ok : refused(Refusal.FieldMissing, 0);
}

/**
 * Writes what `verify` proves of the policy. The message of its MAC begins at `message`; its slot
 * goes to `slotByte`. Returns a `Refusal`.
 */
export function putPolicyProof(message: usize, slotByte: usize): Refusal {
  const held = policyState == FlashState.Ready && openHeld();
  const refusal = unprovenPolicy();
  if (refusal != Refusal.None) return refusal;
  writer.putWord(word('policy'));
  writer.putMap(2);
  writer.putField(word('gen'), policyGeneration());
  writer.putWord(word('mac'));
  if (!held) {
    writer.putNull();
    return Refusal.None;
  }
  store<u8>(slotByte, 0);
  memory.copy(slotByte + 1, OPENED_POLICY, OPENED_POLICY_BYTES);
  const bytes = <i32>(slotByte - message) + 1 + OPENED_POLICY_BYTES;
  const result = hal.hmac_sha256(KeySlot.Verify, message, bytes, SCRATCH);
  writer.putBytes(SCRATCH, Size.Mac);
  return result < 0 ? Refusal.KeyMissing : Refusal.None;
}
