import * as hal from '../hal';
import { Register, Size } from '../protocol';
import { NEXT, TABLE, TABLE_BYTES } from './slots';

// Which table holds, kept by the HAL where nobody with the flash chip can write: docs/STORE.md, "Anchor".

/** Digest of the table that holds, then of the one that is being written; zeros where there is none. */
const ANCHOR: usize = memory.data(32);
const ANNOUNCED: usize = ANCHOR + 16;
const HALF: i32 = 16;
const DIGEST: usize = memory.data(32);

/** What the anchor says of the table in memory. */
export const enum Standing {
  /** Another one was written last. */
  Forged,
  Holds,
  /** It was being written when the terminal stopped. */
  Announced,
}

/** Reads the anchor; called before a table is looked for. */
export function readAnchor(): void {
  if (hal.register_get(Register.Anchor, ANCHOR, Size.Key) < 0) memory.fill(ANCHOR, 0, Size.Key);
}

/** There has been no table yet. */
export function isUnanchored(): bool {
  return load<u64>(ANCHOR) == 0 && load<u64>(ANCHOR, 8) == 0;
}

/** Compares the table in memory, at this generation, with the anchor. */
export function standing(generation: u32): Standing {
  takeDigest(TABLE, generation);
  if (memory.compare(DIGEST, ANCHOR, HALF) == 0) return Standing.Holds;
  return memory.compare(DIGEST, ANNOUNCED, HALF) == 0 ? Standing.Announced : Standing.Forged;
}

/** Says that `NEXT` will be the table of this generation, before a byte of it is on flash. False where the HAL fails. */
export function announce(generation: u32): bool {
  takeDigest(NEXT, generation);
  memory.copy(ANNOUNCED, DIGEST, HALF);
  return hal.register_set(Register.Anchor, ANCHOR, Size.Key) >= 0;
}

/** Says that the table that was announced is the one that holds. */
export function settle(): void {
  memory.copy(ANCHOR, ANNOUNCED, HALF);
  forget();
}

/** Says that what was announced, if anything was, has not come to hold. */
export function forget(): void {
  if (load<u64>(ANNOUNCED) == 0 && load<u64>(ANNOUNCED, 8) == 0) return;
  memory.fill(ANNOUNCED, 0, HALF);
  hal.register_set(Register.Anchor, ANCHOR, Size.Key);
}

function takeDigest(table: usize, generation: u32): void {
  store<u32>(table, generation);
  hal.sha256(table, TABLE_BYTES, DIGEST);
}
