import * as hal from '../hal';
import { Event, FlashState, Refusal, Size } from '../protocol';
import { announce, generationReached, isAnchorKnown, isKept, readAnchor, settle } from './anchor';
import { erase, program, sectorCount } from './flash';
import {
  BUFFER,
  BUFFER_BYTES,
  frameBytes,
  frameOffset,
  framesInSector,
  headerBytes,
  location,
  NOWHERE,
  putFrame,
  putHeader,
  putLocation,
  sectorOf,
} from './layout';
import { clearTable, isEmpty, nextAt, slotAt, wipeNext } from './slots';

// The journal: sectors form a ring; a committed change is one program. docs/STORE.md has the
// design and why it holds. Sets of sectors are masks, bit i for sector i.

/** A FlashState. */
export let state: i32 = FlashState.Blank;
/** Committed changes so far. */
export let generation: u32 = 0;
/** Sequence of the newest sector, or of the last try to open one. 0 before the first. */
export let sequence: u32 = 0;
/** Slots (a bit each) with a record that could not be read at boot. */
export let damaged: i32 = 0;
/** Sectors that failed an erase or a program: no more is written to them. */
export let retired: i32 = 0;

/** Damaged because a read failed at boot, not because of the bytes read. */
let unread: bool = false;

let current: i32 = -1;
/** Frames programmed into the current sector. */
let frames: i32 = 0;
/** Sectors that were erased without a fault. One that only looks erased is not among them. */
let erased: i32 = 0;

const LOCATIONS: usize = memory.data(2 * Size.Slots, 2);

export const ALL_SLOTS: i32 = (1 << Size.Slots) - 1;

/** Where the newest frame of a slot is. */
export function whereIs(slot: i32): u32 {
  return load<u16>(LOCATIONS + (slot << 1));
}
export function setWhere(slot: i32, where: u32): void {
  assert(slot >= 0 && slot < Size.Slots);
  assert(where == NOWHERE || sectorOf(where) < sectorCount);
  store<u16>(LOCATIONS + (slot << 1), where);
}

/** Takes over the table that mount found. */
export function adopt(sector: i32, newest: u32, gen: u32, used: i32, left: i32): void {
  assert(sector < sectorCount || sector == -1);
  assert(used >= 0);
  state = FlashState.Ready;
  current = sector;
  sequence = newest;
  generation = gen;
  frames = used;
  damaged = 0;
  retired = left;
  erased = 0;
  unread = false;
}

/**
 * Says which slots (a bit each) have a frame that cannot be read. The anchor then vouches for no
 * slot.
 */
export function markDamaged(slots: i32): void {
  damaged = slots;
  state = FlashState.Damaged;
  generation = generationReached(generation);
}

/** Says that a read failed at boot: something else may be on the flash than what was read. */
export function markUnread(): void {
  if (current < 0 || state == FlashState.Blank) {
    adoptNone(FlashState.Damaged, sequence);
    damaged = ALL_SLOTS;
  }
  markDamaged(damaged);
  unread = true;
}

/**
 * Takes over a flash that no table can be read from. No sector on it has a sequence above
 * `highest`.
 */
export function adoptNone(found: i32, highest: u32): void {
  clearTable();
  memory.fill(LOCATIONS, 0xff, 16);
  adopt(-1, highest, generationReached(0), 0, 0);
  state = found;
}

/**
 * Takes over a flash that had no table yet. Sectors of `blank` are erased. The others hold what
 * cuts of the first program left; the last of them is `torn`, -1 if there is none.
 */
export function adoptBlank(torn: i32, blank: i32): void {
  adoptNone(FlashState.Blank, torn + 1);
  // A first bind that was cut may have been announced, but was never acknowledged.
  generation = 0;
  current = torn;
  frames = framesInSector();
  erased = blank;
}

export function freeFrames(): i32 {
  return current < 0 ? 0 : framesInSector() - frames;
}

/**
 * Why the anchor does not vouch for the table, or `None`. Then it may be listed, but not proven
 * or changed.
 */
export function unproven(): i32 {
  if (state == FlashState.Foreign) return Refusal.FlashForeign;
  if (state == FlashState.OtherGeometry) return Refusal.FlashGeometry;
  if (state == FlashState.Damaged) return unread ? Refusal.FlashUnread : Refusal.FlashDamaged;
  if (state == FlashState.Unsupported) return Refusal.FlashUnsupported;
  if (state == FlashState.Forged) return Refusal.FlashForged;
  if (state == FlashState.Locked) return Refusal.KeyMissing;
  return isKept() ? Refusal.None : Refusal.FlashFailed;
}

/** Why nothing may be written, or `None`. */
export function writable(): i32 {
  const refusal = unproven();
  return refusal == Refusal.None && state == FlashState.Worn ? Refusal.FlashWorn : refusal;
}

/**
 * Commits the slots of `mask` (bit i is slot index i) from `NEXT`: one program, all or nothing.
 * Returns a `Refusal`.
 */
export function commit(mask: i32): Refusal {
  assert(mask != 0 && (mask & ~ALL_SLOTS) == 0);
  for (let i = 0; i < Size.Slots; i++) {
    if ((mask & (1 << i)) == 0) memory.copy(nextAt(i), slotAt(i), Size.Sealed);
  }
  if (!announce(generation + 1)) return Refusal.FlashFailed;
  const done = (popcnt(mask) == 1 && append(ctz(mask))) || openSector(mask);
  memory.fill(BUFFER, 0, BUFFER_BYTES);
  if (!done) {
    state = FlashState.Worn;
    return Refusal.FlashWorn;
  }
  for (let i = 0; i < Size.Slots; i++) {
    if (mask & (1 << i)) memory.copy(slotAt(i), nextAt(i), Size.Sealed);
  }
  generation++;
  state = FlashState.Ready;
  hal.event(Event.Commit, generation);
  return settle(generation) ? Refusal.None : Refusal.FlashFailed;
}

/**
 * After an unclean stop: erases the sectors of `unsettled`, and writes the table unchanged into a
 * new sector, with the slots of `mask` copied there.
 */
export function restate(unsettled: i32, mask: i32): void {
  for (let sector = 0; sector < sectorCount; sector++) {
    if ((unsettled & (1 << sector)) != 0) eraseOrRetire(sector);
  }
  generation--; // openSector writes the next generation, and nothing changes here.
  for (let i = 0; i < Size.Slots; i++) {
    if (mask & (1 << i)) memory.copy(nextAt(i), slotAt(i), Size.Sealed);
  }
  if (!openSector(mask)) state = FlashState.Worn;
  generation++;
  memory.fill(BUFFER, 0, BUFFER_BYTES);
  wipeNext();
}

/**
 * Makes the table an empty one, and erases all that was before it. A table that can be read, or a
 * part of it, stays until the empty one takes its place in one program. Returns a `Refusal`.
 */
export function format(): Refusal {
  if (!isAnchorKnown()) {
    if (!readAnchor()) return Refusal.FlashFailed;
    generation = generationReached(generation);
  }
  const before = state;
  const given = retired;
  retired = 0;
  if (current < 0) {
    // No sector is known to be the newest, so all must go before the first is written.
    for (let sector = 0; sector < sectorCount; sector++) eraseOrRetire(sector);
  }
  wipeNext();
  const refusal = commit(ALL_SLOTS);
  if (refusal != Refusal.None) {
    // Sectors that failed before are not tried again, unless one of them holds the empty table.
    if (current >= 0) retired |= given & ~(1 << current);
    if (before != FlashState.Ready) state = before;
    return current < 0 ? Refusal.FlashFailed : refusal;
  }
  damaged = 0;
  unread = false;
  for (let i = 1; i < sectorCount; i++) {
    const sector = (current + i) % sectorCount;
    if (((erased | retired) & (1 << sector)) == 0) eraseOrRetire(sector);
  }
  return Refusal.None;
}

function append(slot: i32): bool {
  if (current < 0 || frames == framesInSector()) return false;
  assert(frames < framesInSector());
  putFrame(BUFFER, sequence, frames, slot, nextAt(slot));
  if (!program(current, frameOffset(frames), BUFFER, frameBytes())) {
    retire(current);
    return false;
  }
  setWhere(slot, location(current, frames++));
  return true;
}

/** Opens the first sector behind the current one that works, and retires those that fail. */
function openSector(mask: i32): bool {
  // Each turn either ends this or retires one sector more.
  let turns = 0;
  while (true) {
    assert(turns <= sectorCount);
    turns++;
    const sector = nextFree();
    if (sector < 0) return false;
    if (openIn(sector, mask)) return true;
    retire(sector);
  }
}

/** The next sector that holds nothing live; -1 if there is none. */
function nextFree(): i32 {
  let live = 0;
  for (let i = 0; i < Size.Slots; i++) {
    if (whereIs(i) != NOWHERE) live |= 1 << sectorOf(whereIs(i));
  }
  for (let i = 1; i <= sectorCount; i++) {
    const sector = (current + i) % sectorCount;
    if (sector != current && ((retired | live) & (1 << sector)) == 0) return sector;
  }
  return -1;
}

/**
 * The sectors that should hold nothing live once `sector` is open: the retired ones, and the two
 * that will be opened next, so that there is a second one if the first fails.
 */
function vacated(sector: i32): i32 {
  let mask = retired;
  let ahead = 0;
  for (let i = 1; i < sectorCount && ahead < 2; i++) {
    const next = 1 << ((sector + i) % sectorCount);
    if ((retired & next) != 0) continue;
    mask |= next;
    ahead++;
  }
  return mask;
}

/**
 * Opens a sector with one program: header, changed slots, and copies of live frames of vacated
 * sectors.
 */
function openIn(sector: i32, mask: i32): bool {
  const vacate = vacated(sector);
  const newest = ++sequence;
  let count = 0;
  let copied = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const changes = (mask & (1 << i)) != 0;
    const sealed = changes ? nextAt(i) : slotAt(i);
    const where = whereIs(i);
    if (isEmpty(sealed)) {
      putLocation(i, NOWHERE);
    } else if (changes || (vacate & (1 << sectorOf(where))) != 0) {
      putFrame(BUFFER + headerBytes() + count * frameBytes(), newest, count, i, sealed);
      putLocation(i, location(sector, count++));
      copied |= 1 << i;
    } else {
      putLocation(i, where);
    }
  }
  putHeader(newest, generation + 1, retired);
  // Erased even if it looks blank: an erase that was cut can leave cells that only look so.
  // Except for a first table, which found all its flash blank: a cut of this erase could leave
  // what a later boot would take for foreign data.
  if ((erased & (1 << sector)) == 0 && !erase(sector)) return false;
  erased &= ~(1 << sector);
  if (!program(sector, 0, BUFFER, headerBytes() + count * frameBytes())) return false;
  count = 0;
  for (let i = 0; i < Size.Slots; i++) {
    if (copied & (1 << i)) setWhere(i, location(sector, count++));
    else if (isEmpty(mask & (1 << i) ? nextAt(i) : slotAt(i))) setWhere(i, NOWHERE);
  }
  assert(count <= Size.Slots && sector >= 0);
  current = sector;
  frames = count;
  return true;
}

function eraseOrRetire(sector: i32): void {
  if (erase(sector)) erased |= 1 << sector;
  else retire(sector);
}

function retire(sector: i32): void {
  hal.event(Event.Retirement, sector);
  retired |= 1 << sector;
}
