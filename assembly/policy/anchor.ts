import * as hal from '../hal';
import { Register, Size } from '../protocol';
import { REGISTER_TRIES } from '../store/anchor';

// Which policy holds. As the table's anchor (store/anchor.ts), but nothing is announced: the
// register alone decides between the two sectors, in one atomic step. docs/STORE.md, "Policy".

/**
 * Generation of the policy (u32), and the beginning of its record's SHA-256; zeros if there is
 * none.
 */
const ANCHOR: usize = memory.data(32, 4);
const DIGEST: usize = 4;
const DIGEST_BYTES: i32 = Size.Key - 4;

/** The register could be read. */
let known: bool = false;
/** The register holds what is in memory. */
let kept: bool = true;

/** False if the HAL fails. */
export function readPolicyAnchor(): bool {
  kept = true;
  known = hal.register_get(Register.PolicyAnchor, ANCHOR, Size.Key) >= 0;
  if (!known) memory.fill(ANCHOR, 0, Size.Key);
  return known;
}

export function isPolicyAnchorKnown(): bool {
  return known;
}

/** Generation of the policy that holds, or of the last one if there is none any more. */
export function policyGeneration(): u32 {
  return load<u32>(ANCHOR);
}

/** There is a policy. */
export function isPolicyAnchored(): bool {
  for (let i = 0; i < DIGEST_BYTES; i += 4) {
    if (load<u32>(ANCHOR + DIGEST + i) != 0) return true;
  }
  return false;
}

/** The record whose SHA-256 is at `digest` is the one that holds. */
export function isPolicyHeld(digest: usize): bool {
  return isPolicyAnchored() && memory.compare(digest, ANCHOR + DIGEST, DIGEST_BYTES) == 0;
}

/**
 * Makes the record with the SHA-256 at `digest` the one that holds. `wish` is room for 32 bytes.
 * False if the HAL fails; then the one before still holds.
 */
export function holdPolicy(digest: usize, generation: u32, wish: usize): bool {
  assert(kept);
  store<u32>(wish, generation);
  memory.copy(wish + DIGEST, digest, DIGEST_BYTES);
  for (let tries = 0; tries < REGISTER_TRIES; tries++) {
    if (hal.register_set(Register.PolicyAnchor, wish, Size.Key) < 0) continue;
    memory.copy(ANCHOR, wish, Size.Key);
    return true;
  }
  // The HAL may have it after a restart all the same.
  kept = false;
  return false;
}

/** The register says what holds: both sectors are needed as long as it may not. */
export function isPolicyKept(): bool {
  for (let tries = 0; tries < REGISTER_TRIES && !kept; tries++)
    kept = hal.register_set(Register.PolicyAnchor, ANCHOR, Size.Key) >= 0;
  return kept;
}
