import { Size } from '../protocol';

// Slots as they are on flash: 96 bytes that only `card/seal` can read; zeros if a slot is empty.
// The generation comes before the eight of them: a digest covers both.

const SLOTS: usize = 4;
export const TABLE_BYTES: i32 = <i32>SLOTS + Size.Slots * Size.Sealed;
/** Generation and slots, as they are committed. */
export const TABLE: usize = memory.data(TABLE_BYTES, 4);
/** What a change makes of them. */
export const NEXT: usize = memory.data(TABLE_BYTES, 4);

/** Slot `index`, 0 to 7, of the table. */
export function slotAt(index: i32): usize {
  assert(index >= 0 && index < Size.Slots);
  return TABLE + SLOTS + index * Size.Sealed;
}

/** Slot `index`, 0 to 7, of `NEXT`. */
export function nextAt(index: i32): usize {
  assert(index >= 0 && index < Size.Slots);
  return NEXT + SLOTS + index * Size.Sealed;
}

export function isEmpty(slot: usize): bool {
  for (let i = 0; i < Size.Sealed; i += 8) {
    if (load<u64>(slot + i) != 0) return false;
  }
  return true;
}

/** Empties the table in memory. The journal sees to the flash. */
export function clearTable(): void {
  memory.fill(TABLE, 0, TABLE_BYTES);
}

/** Wipes what a request laid out. */
export function wipeNext(): void {
  memory.fill(NEXT, 0, TABLE_BYTES);
}
