import { Refusal, Role, Size } from '../protocol';
import { commit, generation } from '../store/journal';
import { NEXT, nextAt, slotAt } from '../store/slots';
import { roleOf, sameName, samePan, sameRecord } from './record';

/** The slot (1 to 8) that the last change settled on, or the last refusal means; 0 none. */
export let slot: i32 = 0;
/** The last change was committed, rather than found to hold already. */
export let changed: bool = false;

/** Expectation of a request that takes any generation. */
export const ANY_GENERATION: i64 = -1;

/** Binds the record in `nextAt(0)` to a slot, 0 for the first empty one. Answers a Refusal. */
export function bind(wanted: i32, expected: i64): i32 {
  const card = nextAt(0);
  const bound = find(card);
  changed = false;
  slot = bound >= 0 ? bound + 1 : wanted;
  if (bound >= 0) {
    if (!sameName(slotAt(bound), card)) return Refusal.HolderDiffers;
    if (roleOf(slotAt(bound)) != roleOf(card)) return Refusal.RoleDiffers;
    return wanted != 0 && wanted != slot ? Refusal.DuplicateCard : Refusal.None;
  }
  if (stale(expected)) return Refusal.GenerationStale;
  const index = wanted != 0 ? wanted - 1 : firstEmpty();
  if (index == Size.Slots) return Refusal.TableFull;
  if (roleOf(slotAt(index)) != Role.Empty) return Refusal.SlotOccupied;
  if (roleOf(card) == Role.Settlement) {
    const other = settlement();
    if (other >= 0) {
      slot = other + 1;
      return Refusal.SettlementTaken;
    }
  }
  slot = index + 1;
  if (index != 0) memory.copy(nextAt(index), card, Size.Record);
  return change(1 << index);
}

/** Empties a slot. Answers a Refusal. */
export function unbind(wanted: i32, expected: i64): i32 {
  changed = false;
  slot = wanted;
  const index = wanted - 1;
  if (roleOf(slotAt(index)) == Role.Empty) return Refusal.None;
  if (stale(expected)) return Refusal.GenerationStale;
  memory.fill(nextAt(index), 0, Size.Record);
  return change(1 << index);
}

/** Makes the table what all of `NEXT` says, in one commit. Answers a Refusal. */
export function replace(expected: i64): i32 {
  changed = false;
  const conflict = conflictInNext();
  if (conflict != Refusal.None) return conflict;
  slot = 0;
  let mask = 0;
  for (let i = 0; i < Size.Slots; i++) {
    if (!sameRecord(slotAt(i), nextAt(i))) mask |= 1 << i;
  }
  if (mask == 0) return Refusal.None;
  if (stale(expected)) return Refusal.GenerationStale;
  return change(mask);
}

function change(mask: i32): i32 {
  const refusal = commit(mask);
  changed = refusal == Refusal.None;
  return refusal;
}

function stale(expected: i64): bool {
  return expected != ANY_GENERATION && expected != <i64>generation;
}

/** Index of the slot that holds the number of `card`, or -1. */
function find(card: usize): i32 {
  for (let i = 0; i < Size.Slots; i++) {
    if (roleOf(slotAt(i)) != Role.Empty && samePan(slotAt(i), card)) return i;
  }
  return -1;
}

function firstEmpty(): i32 {
  let i = 0;
  while (i < Size.Slots && roleOf(slotAt(i)) != Role.Empty) i++;
  return i;
}

function settlement(): i32 {
  for (let i = 0; i < Size.Slots; i++) {
    if (roleOf(slotAt(i)) == Role.Settlement) return i;
  }
  return -1;
}

/** Two slots of `NEXT` with one number or with the settlement role, or a number that is bound under another name; sets `slot`. */
function conflictInNext(): i32 {
  let settlements = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const card = nextAt(i);
    if (roleOf(card) == Role.Empty) continue;
    slot = i + 1;
    const bound = find(card);
    if (bound >= 0 && !sameName(slotAt(bound), card)) return Refusal.HolderDiffers;
    if (roleOf(card) == Role.Settlement && ++settlements > 1) return Refusal.SettlementTaken;
    for (let j = 0; j < i; j++) {
      const earlier = nextAt(j);
      if (roleOf(earlier) == Role.Empty || !samePan(earlier, card)) continue;
      return sameName(earlier, card) ? Refusal.DuplicateCard : Refusal.HolderDiffers;
    }
  }
  return Refusal.None;
}

/** Wipes what a request laid out. */
export function wipeNext(): void {
  memory.fill(NEXT, 0, Size.Slots * Size.Record);
}
