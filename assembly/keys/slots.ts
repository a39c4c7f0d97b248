import * as hal from '../hal';
import { KeySlot, Refusal, Size } from '../protocol';
import { copyRom, RomText } from '../text/rom';

// The terminal's keys, which stay in the HAL: docs/SECURITY.md.

const STORAGE_INFO: RomText = rom('octobind storage 1');
const VERIFY_INFO: RomText = rom('octobind verify 1');
const CHECK_LABEL: RomText = rom('octobind kcv 1');

const LABEL: usize = memory.data(20, 4);
const DIGEST: usize = memory.data(32, 8);
const OTHER_DIGEST: usize = memory.data(32, 8);

/** There is a live master key. */
export function isKeyed(): bool {
  return hal.key_present(KeySlot.Master) > 0;
}

/** A component of a master key is loaded that was not committed. */
export function hasPart(): bool {
  return hal.key_present(KeySlot.PartOne) > 0 || hal.key_present(KeySlot.PartTwo) > 0;
}

/** Makes the keys that follow from the root key and the master key. */
export function deriveKeys(): void {
  hal.key_derive(KeySlot.Root, LABEL, copyRom(STORAGE_INFO, LABEL), KeySlot.Storage);
  deriveVerify();
}

export function deriveVerify(): void {
  hal.key_derive(KeySlot.Master, LABEL, copyRom(VERIFY_INFO, LABEL), KeySlot.Verify);
}

/**
 * Puts the check value of a key, for people to compare, at `CHECK_VALUE`. False if there is no
 * such key.
 */
export function takeCheckValue(slot: i32): bool {
  const taken = takeDigest(slot, DIGEST);
  memory.fill(DIGEST + Size.CheckValue, 0, Size.Key - Size.CheckValue);
  return taken;
}
export const CHECK_VALUE: usize = DIGEST;

/** `takeCheckValue`, and compares it with the one at `expected`. */
export function checkValueIs(slot: i32, expected: usize): bool {
  return takeCheckValue(slot) && memory.compare(CHECK_VALUE, expected, Size.CheckValue) == 0;
}

/** The HMAC that a check value is the beginning of. False if there is no such key. */
function takeDigest(slot: i32, out: usize): bool {
  return hal.hmac_sha256(slot, LABEL, copyRom(CHECK_LABEL, LABEL), out) >= 0;
}

/**
 * Makes `KeySlot.Candidate` of the two components. Two equal components, which make a key of
 * zeros, are refused and erased. Returns a `Refusal`.
 */
export function combineParts(): Refusal {
  const refusal = compareParts();
  if (refusal == Refusal.KeyWeak) {
    hal.key_erase(KeySlot.PartOne);
    hal.key_erase(KeySlot.PartTwo);
  }
  if (refusal != Refusal.None) return refusal;
  const combined = hal.key_combine(KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate) >= 0;
  return combined ? Refusal.None : Refusal.PartMissing;
}

/** By their digests: keys that differ may share a check value. */
function compareParts(): Refusal {
  const taken = takeDigest(KeySlot.PartOne, DIGEST) && takeDigest(KeySlot.PartTwo, OTHER_DIGEST);
  const equal = memory.compare(DIGEST, OTHER_DIGEST, Size.Key) == 0;
  memory.fill(DIGEST, 0, Size.Key);
  memory.fill(OTHER_DIGEST, 0, Size.Key);
  if (!taken) return Refusal.PartMissing;
  return equal ? Refusal.KeyWeak : Refusal.None;
}

/** Makes the candidate the master key, beside a root key. False if the key store fails. */
export function promoteCandidate(): bool {
  if (hal.key_present(KeySlot.Root) <= 0 && hal.key_generate(KeySlot.Root) < 0) return false;
  return hal.key_move(KeySlot.Candidate, KeySlot.Master) >= 0;
}
