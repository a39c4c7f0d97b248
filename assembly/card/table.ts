import { Outcome, refused } from '../outcome';
import { isSchemeAllowed, slotsAllowed } from '../policy/rules';
import { Refusal, Role, Size } from '../protocol';
import { commit, generation } from '../store/journal';
import { isEmpty, slotAt } from '../store/slots';
import { roleOf, sameName, samePan, sameRecord, schemeIn } from './record';
import { OPENED, openSlot, recordAt, sealRecord, SPOILED } from './seal';

// What a change returns if it is not refused: its slot (1 to 8; 0 for several), and whether it
// was committed rather than found to hold already.
const CHANGED: i32 = 0x100;

export function slotOf(change: Outcome): i32 {
  return (<i32>change) & ~CHANGED;
}
export function isChanged(change: Outcome): bool {
  return (change & CHANGED) != 0;
}

/** Expectation of a request that takes any generation. */
export const ANY_GENERATION: i64 = -1;

/** Binds the record in `recordAt(0)` to a slot, 0 for the first empty one. */
export function bind(wanted: i32, expected: i64): Outcome {
  const card = recordAt(0);
  let empty = 0;
  let settlement = 0;
  let bound = 0;
  for (let i = Size.Slots - 1; i >= 0; i--) {
    const role = openSlot(i);
    if (role == SPOILED) return refused(Refusal.FlashDamaged, wanted);
    const slot = i + 1;
    if (role == Role.Empty) empty = slot;
    else bound++;
    if (role == Role.Settlement) settlement = slot;
    if (role == Role.Empty || !samePan(OPENED, card)) continue;
    if (!sameName(OPENED, card)) return refused(Refusal.HolderDiffers, slot);
    if (role != roleOf(card)) return refused(Refusal.RoleDiffers, slot);
    return wanted != 0 && wanted != slot ? refused(Refusal.DuplicateCard, slot) : slot;
  }
  if (isStale(expected)) return refused(Refusal.GenerationStale, wanted);
  const slot = wanted == 0 ? empty : wanted;
  if (slot == 0) return refused(Refusal.TableFull, 0);
  const index = slot - 1;
  if (!isEmpty(slotAt(index))) return refused(Refusal.SlotOccupied, slot);
  if (roleOf(card) == Role.Settlement && settlement != 0) return refused(Refusal.SettlementTaken, settlement);
  if (bound >= slotsAllowed) return refused(Refusal.PolicySlots, slot);
  if (!isSchemeAllowed(schemeIn(card))) return refused(Refusal.PolicyScheme, slot);
  if (index != 0) memory.copy(recordAt(index), card, Size.Record);
  return change(1 << index, slot);
}

/** Empties a slot. */
export function unbind(slot: i32, expected: i64): Outcome {
  const index = slot - 1;
  if (isEmpty(slotAt(index))) return slot;
  if (isStale(expected)) return refused(Refusal.GenerationStale, slot);
  memory.fill(recordAt(index), 0, Size.Record);
  return change(1 << index, slot);
}

/** Makes the table what the records in `NEXT` say, in one commit. */
export function replace(expected: i64): Outcome {
  // Slots that change, and records whose number is bound under another name.
  let mask = 0;
  let renamed = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const role = openSlot(i);
    if (role == SPOILED) return refused(Refusal.FlashDamaged, 0);
    if (!sameRecord(OPENED, recordAt(i))) mask |= 1 << i;
    if (role != Role.Empty) renamed |= renamedIn(OPENED);
  }
  const conflict = conflictInNext(renamed);
  if (conflict != 0) return conflict;
  if (mask == 0) return 0;
  if (isStale(expected)) return refused(Refusal.GenerationStale, 0);
  const forbidden = forbiddenInNext(mask);
  return forbidden != 0 ? forbidden : change(mask, 0);
}

/**
 * Refuses what the policy forbids among the slots of `mask`, which change. A card that was bound
 * before stays, and slots may always be emptied. Returns 0 if all is allowed.
 */
function forbiddenInNext(mask: i32): Outcome {
  let bound = 0;
  let newest = 0;
  for (let i = 0; i < Size.Slots; i++) {
    if (roleOf(recordAt(i)) == Role.Empty) continue;
    bound++;
    if ((mask & (1 << i)) == 0) continue;
    newest = i + 1;
    if (!isSchemeAllowed(schemeIn(recordAt(i)))) return refused(Refusal.PolicyScheme, newest);
  }
  return newest != 0 && bound > slotsAllowed ? refused(Refusal.PolicySlots, newest) : 0;
}

/** Seals and commits the slots of `mask`. */
function change(mask: i32, slot: i32): Outcome {
  assert(mask > 0 && mask < 1 << Size.Slots);
  for (let i = 0; i < Size.Slots; i++) {
    if ((mask & (1 << i)) != 0 && !sealRecord(i)) return refused(Refusal.KeyMissing, slot);
  }
  const refusal = commit(mask);
  return refusal == Refusal.None ? slot | CHANGED : refused(refusal, slot);
}

function isStale(expected: i64): bool {
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

/**
 * Refuses a record of `NEXT` that is `renamed`, or two records with one number or with the
 * settlement role. Returns 0 if there are none.
 */
function conflictInNext(renamed: i32): Outcome {
  let settlements = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const card = recordAt(i);
    if (roleOf(card) == Role.Empty) continue;
    const slot = i + 1;
    if ((renamed & (1 << i)) != 0) return refused(Refusal.HolderDiffers, slot);
    if (roleOf(card) == Role.Settlement && ++settlements > 1) return refused(Refusal.SettlementTaken, slot);
    for (let j = 0; j < i; j++) {
      const earlier = recordAt(j);
      if (roleOf(earlier) == Role.Empty || !samePan(earlier, card)) continue;
      return refused(sameName(earlier, card) ? Refusal.DuplicateCard : Refusal.HolderDiffers, slot);
    }
  }
  return 0;
}
