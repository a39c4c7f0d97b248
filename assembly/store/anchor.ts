import * as hal from '../hal';
import { Register, Size } from '../protocol';
import { NEXT, TABLE, TABLE_BYTES } from './slots';

// Which table holds. The HAL keeps it where nobody with the flash chip can write: docs/STORE.md,
// "Anchor".

/**
 * Generation of the table that holds (u32), its digest, and the digest of the one that is being
 * written; zeros if there is none.
 */
const ANCHOR: usize = memory.data(32, 4);
const HELD: usize = ANCHOR + 4;
const ANNOUNCED: usize = HELD + 14;
const DIGEST_BYTES: i32 = 14;
/** A whole SHA-256. The former anchor is read into it, too. */
const DIGEST: usize = memory.data(32, 4);
/** The former anchor has no generation, and two digests of 16 bytes. */
const FORMER_HALF: i32 = 16;

/** More than any flash takes in its life. */
const CHANGES_OF_ANY_FLASH: u32 = 1 << 30;

/** How often a register that fails is written before the anchor counts as not kept. */
export const REGISTER_TRIES: i32 = 3;

/** The anchor could be read. */
let known: bool = false;
/** It was read in its former form. The next write converts it. */
let former: bool = false;
/** The register holds what is in memory. */
let kept: bool = true;

/** Which table of the anchor the one in memory is. */
export const enum AnchorMatch {
  /** Neither: another one was written last. */
  None,
  /** The one that holds. */
  Held,
  /** The one that was being written when the terminal stopped. */
  Announced,
}

/**
 * Reads the anchor; called before a table is looked for. False if the HAL fails: then nothing is
 * known of any table.
 */
export function readAnchor(): bool {
  kept = true;
  former = false;
  known = hal.register_get(Register.Anchor, ANCHOR, Size.Key) >= 0;
  if (known && load<u32>(ANCHOR) == 0 && isNone(HELD) && isNone(ANNOUNCED)) readFormer();
  if (!known) memory.fill(ANCHOR, 0, Size.Key);
  return known;
}

function readFormer(): void {
  known = hal.register_get(Register.FormerAnchor, DIGEST, Size.Key) >= 0;
  if (!known || (isNone(DIGEST) && isNone(DIGEST + FORMER_HALF))) return;
  former = true;
  memory.copy(HELD, DIGEST, DIGEST_BYTES);
  memory.copy(ANNOUNCED, DIGEST + FORMER_HALF, DIGEST_BYTES);
}

export function isAnchorKnown(): bool {
  return known;
}

/** There has been no table yet. */
export function isUnanchored(): bool {
  return isNone(HELD);
}

/**
 * The highest generation that this terminal may have shown, for a table that the anchor does not
 * vouch for; `found` is what the flash says, and counts for a former anchor alone, which does not
 * know.
 */
export function generationReached(found: u32): u32 {
  // Nobody vouches for it either. One that no flash lives to see was forged, to have it run over.
  if (former || !known) return found < CHANGES_OF_ANY_FLASH ? found : 0;
  return load<u32>(ANCHOR) + (isAnnounced() ? 1 : 0);
}

/** Compares the table in memory, at this generation, with the anchor. */
export function matchAnchor(generation: u32): AnchorMatch {
  takeDigest(TABLE, generation);
  if (memory.compare(DIGEST, HELD, DIGEST_BYTES) == 0) return AnchorMatch.Held;
  return memory.compare(DIGEST, ANNOUNCED, DIGEST_BYTES) == 0 ? AnchorMatch.Announced : AnchorMatch.None;
}

/**
 * Says that `NEXT` will be the table of this generation, before any of it is on flash. False if
 * the HAL fails.
 */
export function announce(generation: u32): bool {
  assert(generation > 0);
  takeDigest(NEXT, generation);
  memory.copy(ANNOUNCED, DIGEST, DIGEST_BYTES);
  // A format may pass over some. From here on this one is reached.
  store<u32>(ANCHOR, generation - 1);
  if (write()) return true;
  // No byte of it will be on flash.
  memory.fill(ANNOUNCED, 0, DIGEST_BYTES);
  return false;
}

/** Another table than the one that holds may be on the flash. */
export function isAnnounced(): bool {
  return !isNone(ANNOUNCED);
}

/**
 * Says that the table that was announced holds, at this generation. False if the HAL fails;
 * `isKept` tries again.
 */
export function settle(generation: u32): bool {
  memory.copy(HELD, ANNOUNCED, DIGEST_BYTES);
  return hold(generation);
}

/**
 * Says that the table of this generation holds, and the announced one never will. False as
 * `settle`.
 */
export function hold(generation: u32): bool {
  if (!former && !isAnnounced()) return isKept();
  store<u32>(ANCHOR, generation);
  memory.fill(ANNOUNCED, 0, DIGEST_BYTES);
  kept = false;
  return isKept();
}

/**
 * The register says what holds. If not, an older image of the flash could still pass, so nothing
 * is acknowledged or proven.
 */
export function isKept(): bool {
  for (let tries = 0; tries < REGISTER_TRIES && !kept; tries++) write();
  return kept;
}

function write(): bool {
  if (hal.register_set(Register.Anchor, ANCHOR, Size.Key) < 0) return false;
  kept = true;
  // From here on the former one is never read: losing it, or failing to, changes nothing.
  if (former) hal.register_set(Register.FormerAnchor, ANCHOR, 0);
  former = false;
  return true;
}

function takeDigest(table: usize, generation: u32): void {
  store<u32>(table, generation);
  hal.sha256(table, TABLE_BYTES, DIGEST);
}

/** The digest at `ptr` is that of no table. */
function isNone(ptr: usize): bool {
  return (load<u64>(ptr) | load<u32>(ptr, 8) | load<u16>(ptr, 12)) == 0;
}
