import * as hal from '../hal';
import { KeySlot, Role, Size } from '../protocol';
import { isEmpty, nextAt, slotAt } from '../store/slots';
import { roleOf } from './record';

// A slot on flash and in the table: nonce, record sealed by ChaCha20-Poly1305, tag.
// docs/STORE.md, "Slot".

const OPENED_BYTES: i32 = Size.Record + Size.AeadTag;
/** The record that `openSlot` opened last. */
export const OPENED: usize = memory.data(OPENED_BYTES, 4);

/** Associated data: format of the record, index of the slot. */
const PLACE_BYTES: i32 = 2;
const PLACE: usize = memory.data(PLACE_BYTES, 1);
const FORMAT: u8 = 1;

/** `openSlot` returns it if the slot is not what the terminal's key sealed. */
export const SPOILED: i32 = -1;

/** Opens a slot of the table into `OPENED`. Returns its role, or `SPOILED`. */
export function openSlot(index: i32): i32 {
  const slot = slotAt(index);
  wipeOpened();
  if (isEmpty(slot)) return Role.Empty;
  memory.copy(OPENED, slot + Size.AeadNonce, OPENED_BYTES);
  setPlace(index);
  const result = hal.aead_open(KeySlot.Storage, slot, PLACE, PLACE_BYTES, OPENED, OPENED_BYTES);
  if (result >= 0) return roleOf(OPENED);
  wipeOpened();
  return SPOILED;
}

export function wipeOpened(): void {
  memory.fill(OPENED, 0, OPENED_BYTES);
}

/** Where a request lays out the record of slot `index`, until `sealRecord` makes it a slot. */
export function recordAt(index: i32): usize {
  return nextAt(index) + Size.AeadNonce;
}

/** Makes the record at `recordAt(index)` a slot, in `NEXT`. False if the HAL fails. */
export function sealRecord(index: i32): bool {
  const slot = nextAt(index);
  if (roleOf(recordAt(index)) == Role.Empty) {
    memory.fill(slot, 0, Size.Sealed);
    return true;
  }
  setPlace(index);
  return (
    hal.random(slot, Size.AeadNonce) >= 0 &&
    hal.aead_seal(KeySlot.Storage, slot, PLACE, PLACE_BYTES, recordAt(index), Size.Record) >= 0
  );
}

function setPlace(index: i32): void {
  store<u8>(PLACE, FORMAT);
  store<u8>(PLACE, index, 1);
}
