import { Refusal, Role, Size } from '../protocol';
import { commit, generation } from '../store/journal';
import { isEmpty, slotAt } from '../store/slots';
import { roleOf, sameName, samePan, sameRecord } from './record';
import { OPENED, openSlot, recordAt, sealRecord, SPOILED } from './seal';

/** The slot (1 to 8) that the last change settled on, or the last refusal means; 0 none. */
export let slot: i32 = 0;
/** The last change was committed, rather than found to hold already. */
export let changed: bool = false;

/** Expectation of a request that takes any generation. */
export const ANY_GENERATION: i64 = -1;

/** Binds the record in `recordAt(0)` to a slot, 0 for the first empty one. Answers a Refusal. */
export function bind(wanted: i32, expected: i64): i32 {
  const card = recordAt(0);
  changed = false;
  slot = wanted;
  let empty = 0;
  let settlement = 0;
  for (let i = Size.Slots - 1; i >= 0; i--) {
    const role = openSlot(i);
    if (role == SPOILED) return Refusal.FlashDamaged;
    if (role == Role.Empty) empty = i + 1;
    if (role == Role.Settlement) settlement = i + 1;
    if (role == Role.Empty || !samePan(OPENED, card)) continue;
    slot = i + 1;
    if (!sameName(OPENED, card)) return Refusal.HolderDiffers;
    if (role != roleOf(card)) return Refusal.RoleDiffers;
    return wanted != 0 && wanted != slot ? Refusal.DuplicateCard : Refusal.None;
  }
  if (stale(expected)) return Refusal.GenerationStale;
  if (wanted == 0) wanted = empty;
  if (wanted == 0) return Refusal.TableFull;
  const index = wanted - 1;
  if (!isEmpty(slotAt(index))) return Refusal.SlotOccupied;
  if (roleOf(card) == Role.Settlement && settlement != 0) {
    slot = settlement;
    return Refusal.SettlementTaken;
  }
  slot = wanted;
  if (index != 0) memory.copy(recordAt(index), card, Size.Record);
  return change(1 << index);
}

/** Empties a slot. Answers a Refusal. */
export function unbind(wanted: i32, expected: i64): i32 {
  changed = false;
  slot = wanted;
  const index = wanted - 1;
  if (isEmpty(slotAt(index))) return Refusal.None;
  if (stale(expected)) return Refusal.GenerationStale;
  memory.fill(recordAt(index), 0, Size.Record);
  return change(1 << index);
}

/** Makes the table what the records in `NEXT` say, in one commit. Answers a Refusal. */
export function replace(expected: i64): i32 {
  changed = false;
  slot = 0;
  // Slots that change, and records whose number is bound under another name.
  let mask = 0;
  let renamed = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const role = openSlot(i);
    if (role == SPOILED) return Refusal.FlashDamaged;
    if (!sameRecord(OPENED, recordAt(i))) mask |= 1 << i;
    if (role != Role.Empty) renamed |= renamedIn(OPENED);
  }
  const conflict = conflictInNext(renamed);
  if (conflict != Refusal.None) return conflict;
  slot = 0;
  if (mask == 0) return Refusal.None;
  if (stale(expected)) return Refusal.GenerationStale;
  return change(mask);
}

function change(mask: i32): i32 {
  for (let i = 0; i < Size.Slots; i++) {
    if ((mask & (1 << i)) != 0 && !sealRecord(i)) return Refusal.KeyMissing;
  }
  const refusal = commit(mask);
  changed = refusal == Refusal.None;
  return refusal;
}

function stale(expected: i64): bool {
  return expected != ANY_GENERATION && expected != <i64>generation;
}

/** Records of `NEXT` with the number of `card`, and another name. */
function renamedIn(card: usize): i32 {
  let mask = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const record = recordAt(i);
    if (roleOf(record) != Role.Empty && samePan(record, card) && !sameName(record, card)) mask |= 1 << i;
  }
  return mask;
}

/** A record of `NEXT` that is `renamed`, or two of them with one number or with the settlement role; sets `slot`. */
function conflictInNext(renamed: i32): i32 {
  let settlements = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const card = recordAt(i);
    if (roleOf(card) == Role.Empty) continue;
    slot = i + 1;
    if ((renamed & (1 << i)) != 0) return Refusal.HolderDiffers;
    if (roleOf(card) == Role.Settlement && ++settlements > 1) return Refusal.SettlementTaken;
    for (let j = 0; j < i; j++) {
      const earlier = recordAt(j);
      if (roleOf(earlier) == Role.Empty || !samePan(earlier, card)) continue;
      return sameName(earlier, card) ? Refusal.DuplicateCard : Refusal.HolderDiffers;
    }
  }
  return Refusal.None;
}
