import { FlashState, Size } from '../protocol';
import { AnchorMatch, hold, isAnchorKnown, isAnnounced, isUnanchored, matchAnchor, readAnchor, settle } from './anchor';
import { isBlank, read, readFailed, readGeometry, sectorBytes, sectorCount } from './flash';
import {
  adopt,
  adoptBlank,
  adoptNone,
  ALL_SLOTS,
  generation,
  markDamaged,
  markUnread,
  restate,
  setWhere,
  state,
  whereIs,
} from './journal';
import {
  BUFFER,
  BUFFER_BYTES,
  Check,
  checkFrame,
  checkHeader,
  COMMON_BYTES,
  FRAME_RAW,
  frameBytes,
  frameOf,
  frameOffset,
  framesInSector,
  generationIn,
  HEADER_RAW,
  isOurs,
  isPaddingErased,
  location,
  locationIn,
  NOWHERE,
  putIdentity,
  retiredIn,
  sectorOf,
  sequenceIn,
  slotIn,
  slotOfTag,
  TAG_ERASED,
  TAG_TORN,
} from './layout';
import { clearTable, slotAt } from './slots';

// Sets of sectors and of slots are masks.

/**
 * Behind the headers of all sectors, which stay at the start of `BUFFER` until the newest is
 * chosen.
 */
const FRAME: usize = BUFFER + 16 * HEADER_RAW;

/** Sectors with a header that is erased flash. */
let blank: i32 = 0;
/** Sectors with a whole header, one wrong bit allowed. */
let whole: i32 = 0;
/** Sectors with a header that had a wrong bit. */
let corrected: i32 = 0;
/** A sector holds a whole header of another geometry. */
let otherGeometry: bool = false;

/** Frames in the newest sector. */
let frames: i32 = 0;
/** Changes behind the newest sector's opening group. */
let changes: i32 = 0;
/** What follows the last frame of the newest sector is neither a frame nor erased. */
let torn: bool = false;
/** Slots with their record in the table in memory already. */
let loaded: i32 = 0;
/** Slots with a frame that a cut may have left, or that had a wrong bit. */
let suspect: i32 = 0;
/** A frame had a wrong bit. */
let weak: bool = false;

function headerAt(sector: i32): usize {
  return BUFFER + sector * HEADER_RAW;
}

/**
 * Finds the newest table on flash and takes it into memory. Writes only after an unclean stop, to
 * clean up.
 */
export function mount(): void {
  readAnchor();
  if (!readGeometry()) {
    adoptNone(FlashState.Unsupported, 0);
    return;
  }
  scanHeaders();
  if (otherGeometry) adoptNone(FlashState.OtherGeometry, 0);
  else if (whole == 0) adoptNothing();
  else takeNewest();
  if (hasFailed()) markUnread();
  memory.fill(BUFFER, 0, BUFFER_BYTES);
}

/**
 * A read of the flash or of the anchor failed: nothing may be written because of what was read.
 */
function hasFailed(): bool {
  return readFailed || !isAnchorKnown();
}

/** Reads the header of every sector. */
function scanHeaders(): void {
  blank = whole = corrected = 0;
  otherGeometry = false;
  for (let sector = 0; sector < sectorCount; sector++) {
    const header = headerAt(sector);
    read(sector, 0, header, HEADER_RAW);
    if (isBlank(header, HEADER_RAW)) {
      blank |= 1 << sector;
      continue;
    }
    const check = checkHeader(header);
    if (check == Check.Bad) continue;
    if (!isOurs(header)) otherGeometry = true;
    whole |= 1 << sector;
    if (check == Check.Corrected) corrected |= 1 << sector;
  }
}

function takeNewest(): void {
  const sector = findNewest();
  const newest = sector < 0 ? 0 : sequenceIn(headerAt(sector));
  const used = newerInUse(newest);
  if (used != 0) {
    adoptNone(FlashState.Damaged, used);
    markDamaged(ALL_SLOTS);
    return;
  }
  if (sector < 0) {
    adoptNothing();
    return;
  }
  const header = headerAt(sector);
  adopt(sector, newest, generationIn(header) + changes, frames, retiredIn(header));
  loadOthers();
  const unsettled = unsettledBeside(sector);
  const unclean = torn || weak || unsettled != 0 || (corrected & (1 << sector)) != 0;
  if (state == FlashState.Ready && !hasFailed()) takeOver(sector, unclean, unsettled);
}

/** Goes on with the table that was found if it is the one that this terminal wrote last. */
function takeOver(sector: i32, unclean: bool, unsettled: i32): void {
  const match = matchAnchor(generation);
  if (match == AnchorMatch.None) {
    adoptNone(FlashState.Forged, sequenceIn(headerAt(sector)));
    return;
  }
  if (match == AnchorMatch.Announced && weak && changes == 0 && sectorCount == 2 && !isUnanchored()) {
    // The other sector has the table before this one. Writing this one anew would erase it, and
    // the weak cells here may read differently afterwards. This one was never acknowledged.
    whole &= ~(1 << sector);
    takeNewest();
    return;
  }
  if (unclean) restate(unsettled, suspect);
  if (state != FlashState.Ready) {
    // While the flash is in doubt, the next boot may find the other of the two: neither is proven.
    if (isAnnounced()) markUnread();
    return;
  }
  if (match == AnchorMatch.Announced) settle(generation);
  else hold(generation);
}

/**
 * The sector of the highest sequence that was opened whole, or -1. Its table is in the variables
 * above.
 */
function findNewest(): i32 {
  let untried = whole;
  while (untried != 0) {
    let sector = ctz(untried);
    for (let i = sector + 1; i < sectorCount; i++) {
      if ((untried & (1 << i)) != 0 && sequenceIn(headerAt(i)) > sequenceIn(headerAt(sector))) sector = i;
    }
    if (openedWhole(sector)) return sector;
    untried &= ~(1 << sector);
  }
  return -1;
}

/**
 * The sequence, above `newest`, of a sector with a frame behind any opening group: it was opened
 * whole, so no cut spoiled it. 0 if there is none.
 */
function newerInUse(newest: u32): u32 {
  if (framesInSector() <= Size.Slots) return 0;
  for (let sector = 0; sector < sectorCount; sector++) {
    const sequence = sequenceIn(headerAt(sector));
    if ((blank & (1 << sector)) != 0 || sequence <= newest) continue;
    read(sector, frameOffset(Size.Slots), FRAME, FRAME_RAW);
    if (checkFrame(FRAME, sequence, Size.Slots) == Check.Whole) return sequence;
  }
  return 0;
}

/** Sectors with an erase or a program that was cut, seen from the newest one. */
function unsettledBeside(newest: i32): i32 {
  const header = headerAt(newest);
  let unsettled = 0;
  for (let sector = 0; sector < sectorCount; sector++) {
    const bit = 1 << sector;
    if (sector == newest || ((blank | retiredIn(header)) & bit) != 0) continue;
    if ((whole & bit) == 0 || sequenceIn(headerAt(sector)) > sequenceIn(header)) unsettled |= bit;
  }
  return unsettled;
}

/**
 * Takes in a sector that may be the newest: the frames behind its opening group, and the group if
 * in doubt.
 */
function openedWhole(sector: i32): bool {
  assert((whole & (1 << sector)) != 0);
  const header = headerAt(sector);
  const sequence = sequenceIn(header);
  let group = 0;
  for (let i = 0; i < Size.Slots; i++) {
    const where = locationIn(header, i);
    setWhere(i, where);
    if (where != NOWHERE && sectorOf(where) == sector) group++;
  }
  clearTable();
  loaded = suspect = 0;
  torn = weak = false;
  frames = group;
  const last = scanTags(sector);
  // A frame behind the group was only ever programmed once the group was whole.
  if (frames == group && !groupWhole(sector, sequence, group)) return false;
  changes = frames - group;
  // Only the last frame can be from a cut: the ones before it were acknowledged, or none would
  // follow.
  if (!torn && changes > 0 && !takeLast(sector, sequence, last)) {
    changes--;
    torn = true;
  }
  if (!torn && frames < framesInSector()) {
    read(sector, frameOffset(frames), FRAME, frameBytes());
    torn = !isBlank(FRAME, frameBytes());
  }
  return true;
}

/**
 * Follows the frames by their tags up to the last. Returns where the slot of that one was before.
 */
function scanTags(sector: i32): u32 {
  let before = NOWHERE;
  while (frames < framesInSector()) {
    read(sector, frameOffset(frames), FRAME, 1);
    const slot = slotOfTag(load<u8>(FRAME));
    torn = slot == TAG_TORN;
    if (torn || slot == TAG_ERASED) break;
    before = whereIs(slot);
    setWhere(slot, location(sector, frames++));
  }
  return before;
}

function groupWhole(sector: i32, sequence: u32, group: i32): bool {
  for (let frame = 0; frame < group; frame++) {
    const slot = loadFrame(sector, sequence, frame);
    if (slot < 0 || whereIs(slot) != location(sector, frame)) return false;
  }
  return true;
}

/** Takes in the last frame, or drops it. `before` is where its slot was without it. */
function takeLast(sector: i32, sequence: u32, before: u32): bool {
  const where = location(sector, frames - 1);
  assert(frames > 0);
  let slot = 0;
  while (whereIs(slot) != where) slot++;
  assert(slot < Size.Slots);
  if (loadFrame(sector, sequence, frames - 1) == slot) {
    suspect |= 1 << slot;
    return true;
  }
  setWhere(slot, before);
  return false;
}

/** Takes the frame's record into the table. Returns its slot, or -1 if the frame is not whole. */
function loadFrame(sector: i32, sequence: u32, frame: i32): i32 {
  assert(frame >= 0 && frame < framesInSector());
  read(sector, frameOffset(frame), FRAME, FRAME_RAW);
  const check = checkFrame(FRAME, sequence, frame);
  if (check == Check.Bad) return -1;
  const slot = slotOfTag(load<u8>(FRAME));
  memory.copy(slotAt(slot), slotIn(FRAME), Size.Sealed);
  loaded |= 1 << slot;
  if (check == Check.Corrected) {
    weak = true;
    suspect |= 1 << slot;
  }
  return slot;
}

/** Takes in the records that the newest sector points to in other sectors. */
function loadOthers(): void {
  let bad = 0;
  for (let slot = 0; slot < Size.Slots; slot++) {
    const where = whereIs(slot);
    if (where == NOWHERE || (loaded & (1 << slot)) != 0) continue;
    const sector = sectorOf(where);
    const known = (whole & (1 << sector)) != 0 && frameOf(where) < framesInSector();
    if (!known || loadFrame(sector, sequenceIn(headerAt(sector)), frameOf(where)) != slot) {
      memory.fill(slotAt(slot), 0, Size.Sealed);
      bad |= 1 << slot;
    }
  }
  if (bad != 0) markDamaged(bad);
}

/**
 * No sector holds a table of ours. Reads all of the flash, so that no foreign data is ever
 * overwritten.
 */
function adoptNothing(): void {
  // The anchor knows that there was a table.
  if (!isUnanchored()) return adoptNone(FlashState.Forged, 0);
  let lastTorn = -1;
  let erased = 0;
  for (let sector = 0; sector < sectorCount; sector++) {
    if (isErased(sector, 0)) erased |= 1 << sector;
    else if (isTornFirst(sector)) lastTorn = sector;
    else return adoptNone(FlashState.Foreign, 0);
  }
  adoptBlank(lastTorn, erased);
}

/** The sector is erased flash from `offset` on. */
function isErased(sector: i32, offset: i32): bool {
  while (offset < sectorBytes) {
    const step = min(BUFFER_BYTES, sectorBytes - offset);
    read(sector, offset, BUFFER, step);
    if (!isBlank(BUFFER, step)) return false;
    offset += step;
  }
  return true;
}

/**
 * The sector holds no more than a cut can leave of the very first program, or of a later try of
 * it: it is erased behind eight frames and in all padding, and at its start only bits are cleared
 * that the program clears.
 */
function isTornFirst(sector: i32): bool {
  if (!isErased(sector, frameOffset(Size.Slots))) return false;
  read(sector, 0, BUFFER + 16, COMMON_BYTES);
  putIdentity(0);
  for (let i = 0; i < COMMON_BYTES; i++) {
    const first = load<u8>(BUFFER + i);
    if ((load<u8>(BUFFER + 16 + i) & first) != first) return false;
  }
  read(sector, 0, BUFFER, frameOffset(Size.Slots));
  if (!isBlank(BUFFER + HEADER_RAW, frameOffset(0) - HEADER_RAW)) return false;
  for (let frame = 0; frame < Size.Slots; frame++) {
    if (!isPaddingErased(BUFFER + frameOffset(frame))) return false;
  }
  return true;
}
