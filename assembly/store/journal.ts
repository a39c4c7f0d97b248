import { FlashState, Refusal, Role, Size } from '../protocol';
import { roleOf } from '../card/record';
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
  putLocation,
  sealFrame,
  sealHeader,
  sectorOf,
} from './layout';
import { clearTable, nextAt, slotAt } from './slots';

// The journal: sectors form a ring; a committed change is one program. docs/STORE.md has the design and why it holds.

/** A FlashState. */
export let state: i32 = FlashState.Blank;
/** Committed changes so far. */
export let generation: u32 = 0;
/** Sequence of the newest sector; 0 before the first. */
export let sequence: u32 = 0;
/** Slots (a bit each) whose record could not be read at boot. */
export let damaged: i32 = 0;

let current: i32 = -1;
/** Frames programmed into the current sector. */
let frames: i32 = 0;
/** The flash refused a program and could not be brought to a known state: nothing more is written until the next boot. */
let stuck: bool = false;
/** Every byte of the sectors behind the current one is known to be erased. */
let pristine: bool = false;

const LOCATIONS: usize = memory.data(16);

/** Where the newest frame of a slot is. */
export function whereIs(slot: i32): u32 {
  return load<u16>(LOCATIONS + (slot << 1));
}
export function setWhere(slot: i32, where: u32): void {
  store<u16>(LOCATIONS + (slot << 1), where);
}

/** Takes over what mount found. */
export function adopt(found: i32, sector: i32, newest: u32, gen: u32, used: i32): void {
  state = found;
  current = sector;
  sequence = newest;
  generation = gen;
  frames = used;
  damaged = 0;
  stuck = false;
  pristine = false;
}

/** Says which slots (a bit each) have a frame that cannot be read. */
export function markDamaged(slots: i32): void {
  damaged = slots;
  state = FlashState.Damaged;
}

/**
 * Takes over a flash on which there has been no table yet: `sectors` at its start hold what cuts of the first program left, and
 * all that follows is erased.
 */
export function adoptBlank(sectors: i32): void {
  adoptNone(FlashState.Blank, true);
  current = sectors - 1;
  sequence = sectors;
  frames = framesInSector();
}

/** Takes over a flash from which no table can be read; `erased` as `pristine`. */
export function adoptNone(found: i32, erased: bool): void {
  clearTable();
  memory.fill(LOCATIONS, 0xff, 16);
  adopt(found, -1, 0, 0, 0);
  pristine = erased;
}

export function freeFrames(): i32 {
  return current < 0 ? 0 : framesInSector() - frames;
}

/** Why nothing may be written, or `None`. */
export function writable(): i32 {
  if (state == FlashState.Foreign) return Refusal.FlashForeign;
  if (state == FlashState.OtherGeometry) return Refusal.FlashGeometry;
  if (state == FlashState.Damaged) return Refusal.FlashDamaged;
  if (state == FlashState.Unsupported) return Refusal.FlashUnsupported;
  return stuck ? Refusal.FlashFailed : Refusal.None;
}

/** Commits the slots of `mask` (bit i is slot index i) from `NEXT`: one program, all or nothing. Answers a Refusal. */
export function commit(mask: i32): i32 {
  const done = current >= 0 && popcnt(mask) == 1 && frames < framesInSector() ? append(ctz(mask)) : openSector(mask);
  memory.fill(BUFFER, 0, BUFFER_BYTES);
  if (done) {
    for (let i = 0; i < Size.Slots; i++) {
      if (mask & (1 << i)) memory.copy(slotAt(i), nextAt(i), Size.Record);
    }
    generation++;
    state = FlashState.Ready;
    return Refusal.None;
  }
  // A program that failed may still have reached the flash. A new sector that holds the table as it was makes sure that
  // the refused change never comes back at a boot.
  if (current >= 0) restate(0);
  else stuck = true;
  return Refusal.FlashFailed;
}

/** Writes the table as it is into a new sector, with the slots of `mask` copied there. After an unclean stop. */
export function restate(mask: i32): void {
  generation--; // openSector writes the generation after its change, and this is none.
  for (let i = 0; i < Size.Slots; i++) {
    if (mask & (1 << i)) memory.copy(nextAt(i), slotAt(i), Size.Record);
  }
  stuck = !openSector(mask);
  generation++;
  memory.fill(BUFFER, 0, BUFFER_BYTES);
  memory.fill(nextAt(0), 0, Size.Slots * Size.Record);
}

/**
 * Erases all of the flash and lays out an empty table. Answers a Refusal. The newest sector goes last: while it is there, no
 * older table can be taken for the newest after a cut.
 */
export function format(): i32 {
  const newest = current;
  const before = generation;
  // What a failure leaves is no table any more, whatever of it is still in memory.
  adoptNone(FlashState.Foreign, false);
  for (let i = 1; i <= sectorCount; i++) {
    if (!erase((newest + i) % sectorCount)) return Refusal.FlashFailed;
  }
  adoptNone(FlashState.Blank, true);
  generation = before;
  return commit(0);
}

function append(slot: i32): bool {
  sealFrame(BUFFER, sequence, frames, slot, nextAt(slot));
  if (!program(current, frameOffset(frames), BUFFER, frameBytes())) return false;
  setWhere(slot, location(current, frames++));
  return true;
}

/**
 * Opens the next sector with one program: header, the changed slots, and a copy of every live frame that lies in the sector
 * after it, which is thereby free to be erased when its turn comes.
 */
function openSector(mask: i32): bool {
  const sector = (current + 1) % sectorCount;
  const victim = (sector + 1) % sectorCount;
  const newest = sequence + 1;
  let count = 0;
  let copied = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const changes = (mask & (1 << i)) != 0;
    const record = changes ? nextAt(i) : slotAt(i);
    const where = whereIs(i);
    if (roleOf(record) == Role.Empty) {
      putLocation(i, NOWHERE);
    } else if (changes || sectorOf(where) == victim) {
      sealFrame(BUFFER + headerBytes() + count * frameBytes(), newest, count, i, record);
      putLocation(i, location(sector, count++));
      copied |= 1 << i;
    } else {
      putLocation(i, where);
    }
  }
  sealHeader(newest, generation + 1, count);
  // Erased even where it seems blank: an erase that was cut can leave cells that only seem so. But a first table finds its flash
  // read as blank throughout, and a cut of this erase could leave what no later boot would know from foreign data.
  if (!pristine && !erase(sector)) return false;
  pristine = false;
  if (!program(sector, 0, BUFFER, headerBytes() + count * frameBytes())) return false;
  count = 0;
  for (let i = 0; i < Size.Slots; i++) {
    if (copied & (1 << i)) setWhere(i, location(sector, count++));
    else if (roleOf(mask & (1 << i) ? nextAt(i) : slotAt(i)) == Role.Empty) setWhere(i, NOWHERE);
  }
  current = sector;
  sequence = newest;
  frames = count;
  return true;
}
