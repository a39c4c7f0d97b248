import * as hal from './hal';
import { FlashState, KeySlot, LifeCycle, MenuUser, Refusal, Register, Size, TamperStage } from './protocol';
import { adoptNone } from './store/journal';
import { mount } from './store/mount';

// The keys of the terminal, from which its life cycle follows: docs/SECURITY.md.

const STORAGE_INFO: string = 'octobind storage 1';
const VERIFY_INFO: string = 'octobind verify 1';
const CHECK_LABEL: string = 'octobind kcv 1';

const TEXT: usize = memory.data(20);
const DIGEST: usize = memory.data(32);
const OTHER_DIGEST: usize = memory.data(32);
const STAGE: usize = memory.data(4);

/** A `TamperStage`, as the register has it; a latch that could not be kept there holds until the terminal is off. */
export let tamperStage: i32 = TamperStage.None;

/** A stage that cannot be read counts as latched and erased: nothing is erased on the strength of it. */
export function readTamperStage(): void {
  tamperStage = hal.register_get(Register.Tamper, STAGE, 1) < 0 ? <i32>TamperStage.Erased : load<u8>(STAGE);
}

/** How often what the key store refuses is tried before it is left to the next boot, or to whoever loads keys. */
export const KEY_STORE_TRIES: i32 = 3;

/** Answers whether the stage was kept. */
export function setTamperStage(stage: TamperStage): bool {
  store<u8>(STAGE, stage);
  let kept = false;
  for (let tries = 0; tries < KEY_STORE_TRIES && !kept; tries++)
    kept = hal.register_set(Register.Tamper, STAGE, 1) >= 0;
  if (kept || stage == TamperStage.Latched) tamperStage = stage;
  return kept;
}

export function lifeCycle(): LifeCycle {
  if (tamperStage != TamperStage.None) return LifeCycle.Tampered;
  if (!isKeyed()) return LifeCycle.Virgin;
  const inService = hal.password_present(MenuUser.Operator) > 0 && hal.password_present(MenuUser.Administrator) > 0;
  return inService ? LifeCycle.InService : LifeCycle.Keyed;
}

/** There is a live master key. */
export function isKeyed(): bool {
  return hal.key_present(KeySlot.Master) > 0;
}

/** Makes the keys that are derived, and opens the table with them; without a master key, nothing is looked at. */
export function startKeys(): void {
  if (!isKeyed() || tamperStage != TamperStage.None) {
    adoptNone(FlashState.Locked, 0);
    return;
  }
  hal.key_derive(KeySlot.Root, TEXT, putText(STORAGE_INFO), KeySlot.Storage);
  deriveVerify();
  mount();
}

/** Check value of a key, at `CHECK_VALUE`, for people to compare. False where there is no such key. */
export function takeCheckValue(slot: i32): bool {
  const taken = takeDigest(slot, DIGEST);
  memory.fill(DIGEST + Size.CheckValue, 0, Size.Key - Size.CheckValue);
  return taken;
}
export const CHECK_VALUE: usize = DIGEST;

/** All of what a check value is the beginning of. False if there is no such key. */
function takeDigest(slot: i32, out: usize): bool {
  return hal.hmac_sha256(slot, TEXT, putText(CHECK_LABEL), out) >= 0;
}

/**
 * Refuses two equal components, which are all zeros together. Keys that differ may share a check value, but
 * no digest.
 */
function checkParts(): Refusal {
  const taken = takeDigest(KeySlot.PartOne, DIGEST) && takeDigest(KeySlot.PartTwo, OTHER_DIGEST);
  const equal = memory.compare(DIGEST, OTHER_DIGEST, Size.Key) == 0;
  memory.fill(DIGEST, 0, Size.Key);
  memory.fill(OTHER_DIGEST, 0, Size.Key);
  if (!taken) return Refusal.PartMissing;
  return equal ? Refusal.KeyWeak : Refusal.None;
}

/**
 * Makes the key of two components the master key, if its check value is the one at `expected`. Returns a
 * Refusal.
 */
export function commitMaster(expected: usize): i32 {
  const refusal = checkParts();
  if (refusal == Refusal.KeyWeak) {
    hal.key_erase(KeySlot.PartOne);
    hal.key_erase(KeySlot.PartTwo);
  }
  if (refusal != Refusal.None) return refusal;
  if (hal.key_combine(KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate) < 0) return Refusal.PartMissing;
  if (!takeCheckValue(KeySlot.Candidate) || memory.compare(CHECK_VALUE, expected, Size.CheckValue) != 0) {
    hal.key_erase(KeySlot.Candidate);
    return Refusal.CheckValueDiffers;
  }
  const first = !isKeyed() || tamperStage != TamperStage.None;
  if (hal.key_present(KeySlot.Root) <= 0 && hal.key_generate(KeySlot.Root) < 0) return Refusal.KeyMissing;
  if (hal.key_move(KeySlot.Candidate, KeySlot.Master) < 0) return Refusal.KeyMissing;
  if (tamperStage != TamperStage.None && !setTamperStage(TamperStage.None)) return Refusal.Tampered;
  if (first) startKeys();
  else deriveVerify();
  return Refusal.None;
}

function deriveVerify(): void {
  hal.key_derive(KeySlot.Master, TEXT, putText(VERIFY_INFO), KeySlot.Verify);
}

function putText(text: string): i32 {
  for (let i = 0; i < text.length; i++) store<u8>(TEXT + i, text.charCodeAt(i));
  return text.length;
}
