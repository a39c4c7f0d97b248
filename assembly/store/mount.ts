import { FlashState, Size } from '../protocol';
import { isRecord } from '../card/record';
import { failures, isBlank, read, readGeometry, sectorBytes, sectorCount } from './flash';
import { adopt, adoptBlank, adoptNone, damaged, markDamaged, restate, setWhere, state, whereIs } from './journal';
import {
  BUFFER,
  BUFFER_BYTES,
  FRAME_RAW,
  frameBytes,
  frameOf,
  frameOffset,
  frameRoomErased,
  framesInSector,
  frameWhole,
  getLocation,
  hasMagic,
  HEADER_RAW,
  headerFrames,
  headerGeneration,
  headerWhole,
  IDENTITY_BYTES,
  identitySequence,
  location,
  NOWHERE,
  putIdentity,
  recordIn,
  sectorOf,
  slotOfTag,
} from './layout';
import { clearTable, slotAt } from './slots';

/** Sequence of each sector by its identity, 0 where it has none; not proved until its header or a frame of it is. */
const SEQUENCES: usize = memory.data(64);

function sequenceOf(sector: i32): u32 {
  return load<u32>(SEQUENCES + (sector << 2));
}

const ALL_SLOTS: i32 = 0xff;

/** A sector holds a whole header of another geometry. */
let otherGeometry: bool = false;
/** The last program or erase before this boot may not have completed. */
let unclean: bool = false;
/** Sectors (a bit each) whose identity is erased flash. */
let blank: i32 = 0;
/** Slots (a bit each) whose record is in the table in memory already. */
let loaded: i32 = 0;
/** Slot of the last frame behind the newest sector's opening group, -1 none. */
let lastSlot: i32 = -1;
/** Where that slot's frame was before. */
let beforeLast: u32 = NOWHERE;
/** What follows the last frame of the newest sector is neither a frame nor erased. */
let torn: bool = false;

/** Finds the newest table on the flash and takes it into memory. Writes only after an unclean stop, to make it a clean one. */
export function mount(): void {
  unclean = false;
  otherGeometry = false;
  if (!readGeometry()) {
    adoptNone(FlashState.Unsupported, false);
    return;
  }
  const found = scanIdentities();
  if (otherGeometry) {
    adoptNone(FlashState.OtherGeometry, false);
  } else if (!found) {
    adoptNothing();
  } else if (findNewest()) {
    loadOthers();
    // What could not be read is not known to be torn: nothing is written on the strength of it.
    if (failures > 0) markDamaged(damaged);
    else if (unclean && state == FlashState.Ready) restate(lastSlot >= 0 ? 1 << lastSlot : 0);
  }
  memory.fill(BUFFER, 0, BUFFER_BYTES);
}

/** Reads every sector's identity. False where none is ours. */
function scanIdentities(): bool {
  let found = false;
  blank = 0;
  for (let sector = 0; sector < sectorCount; sector++) {
    read(sector, 0, BUFFER, IDENTITY_BYTES);
    if (isBlank(BUFFER, IDENTITY_BYTES)) blank |= 1 << sector;
    const sequence = identitySequence();
    if (sequence == 0 && hasMagic()) {
      read(sector, 0, BUFFER, HEADER_RAW);
      if (headerWhole()) otherGeometry = true;
    }
    store<u32>(SEQUENCES + (sector << 2), sequence);
    if (sequence != 0) found = true;
  }
  return found;
}

/** Tries sectors from the newest downwards until one holds. Answers false, and adopts nothing, where none does. */
function findNewest(): bool {
  let tried = 0;
  while (true) {
    let sector = -1;
    for (let i = 0; i < sectorCount; i++) {
      if ((tried & (1 << i)) != 0 || sequenceOf(i) == 0) continue;
      if (sector < 0 || sequenceOf(i) > sequenceOf(sector)) sector = i;
    }
    if (sector < 0) {
      adoptNothing();
      return false;
    }
    if (openedWhole(sector)) return true;
    if (isUsed(sector)) {
      adoptNone(FlashState.Damaged, false);
      markDamaged(ALL_SLOTS);
      return false;
    }
    // An identity without what belongs to it is what a cut leaves of the program that opens a sector.
    tried |= 1 << sector;
    unclean = true;
  }
}

/** Reads a sector that may be the newest: header, what lies behind its opening group, and the group where it is still needed. */
function openedWhole(sector: i32): bool {
  const sequence = sequenceOf(sector);
  readHeaderRest(sector, sequence);
  if (!headerWhole()) return false;
  const generation = headerGeneration();
  const group = headerFrames();
  for (let i = 0; i < Size.Slots; i++) setWhere(i, getLocation(i));
  clearTable();
  loaded = 0;
  const frames = scanTags(sector, group);
  // A frame behind the group was only ever programmed once the group was whole.
  if (frames == group && !groupWhole(sector, sequence, group)) return false;
  let changes = frames - group;
  // Only the last frame can be the work of a cut: the ones before it were acknowledged, or another would not follow.
  if (!torn && lastSlot >= 0 && loadFrame(sector, sequence, frames - 1) != lastSlot) {
    setWhere(lastSlot, beforeLast);
    lastSlot = -1;
    changes--;
    torn = true;
  }
  if (!torn && frames < framesInSector()) {
    read(sector, frameOffset(frames), BUFFER, frameBytes());
    torn = !isBlank(BUFFER, frameBytes());
  }
  if (torn || !nextIsSettled(sector, sequence)) unclean = true;
  adopt(FlashState.Ready, sector, sequence, generation + changes, frames);
  return true;
}

/** Follows the frames from `frame` on by their tags; answers the number of the first place that has none. Sets `torn`. */
function scanTags(sector: i32, frame: i32): i32 {
  torn = false;
  lastSlot = -1;
  beforeLast = NOWHERE;
  while (frame < framesInSector()) {
    read(sector, frameOffset(frame), BUFFER, 1);
    const tag = load<u8>(BUFFER);
    if (tag == 0xff) break;
    const slot = slotOfTag(tag);
    if (slot < 0) {
      torn = true;
      break;
    }
    lastSlot = slot;
    beforeLast = whereIs(slot);
    setWhere(slot, location(sector, frame++));
  }
  return frame;
}

function groupWhole(sector: i32, sequence: u32, group: i32): bool {
  for (let frame = 0; frame < group; frame++) {
    const slot = loadFrame(sector, sequence, frame);
    if (slot < 0 || whereIs(slot) != location(sector, frame)) return false;
  }
  return true;
}

/** A frame stands where no opening group reaches: the sector was opened whole, and what is wrong with it is no cut's work. */
function isUsed(sector: i32): bool {
  if (framesInSector() <= Size.Slots) return false;
  read(sector, frameOffset(Size.Slots), BUFFER, FRAME_RAW);
  return frameWhole(BUFFER, sequenceOf(sector), Size.Slots);
}

function readHeaderRest(sector: i32, sequence: u32): void {
  putIdentity(sequence);
  read(sector, IDENTITY_BYTES, BUFFER + IDENTITY_BYTES, HEADER_RAW - IDENTITY_BYTES);
}

/** The sector that will be opened next is as an older turn of the ring, or an erase, left it. */
function nextIsSettled(sector: i32, newest: u32): bool {
  const next = (sector + 1) % sectorCount;
  const sequence = sequenceOf(next);
  if (sequence > newest) return false;
  if (sequence != 0) {
    readHeaderRest(next, sequence);
    return headerWhole();
  }
  if ((blank & (1 << next)) == 0) return false;
  read(next, IDENTITY_BYTES, BUFFER, HEADER_RAW - IDENTITY_BYTES);
  return isBlank(BUFFER, HEADER_RAW - IDENTITY_BYTES);
}

/** Takes the frame's record into the table. Answers its slot, or -1 where the frame is not whole. */
function loadFrame(sector: i32, sequence: u32, frame: i32): i32 {
  read(sector, frameOffset(frame), BUFFER, FRAME_RAW);
  if (!frameWhole(BUFFER, sequence, frame) || !isRecord(recordIn(BUFFER))) return -1;
  const slot = slotOfTag(load<u8>(BUFFER));
  memory.copy(slotAt(slot), recordIn(BUFFER), Size.Record);
  loaded |= 1 << slot;
  return slot;
}

/** Takes in the records that the newest sector only points to. */
function loadOthers(): void {
  let bad = 0;
  for (let slot = 0; slot < Size.Slots; slot++) {
    const where = whereIs(slot);
    if (where == NOWHERE || (loaded & (1 << slot)) != 0) continue;
    const sector = sectorOf(where);
    const inRange = sector < sectorCount && frameOf(where) < framesInSector();
    if (!inRange || loadFrame(sector, sequenceOf(sector), frameOf(where)) != slot) {
      memory.fill(slotAt(slot), 0, Size.Record);
      bad |= 1 << slot;
    }
  }
  if (bad != 0) markDamaged(bad);
}

/** No sector holds a table of ours. Reads all of the flash, so that nothing is ever written over by surprise. */
function adoptNothing(): void {
  let torn = 0;
  let erased = 0;
  for (let sector = 0; sector < sectorCount; sector++) {
    if (isErased(sector, 0)) erased++;
    else if (erased == 0 && isTornFirst(sector)) torn++;
    else return adoptNone(FlashState.Foreign, false);
  }
  if (erased == 0 || failures > 0) adoptNone(FlashState.Foreign, false);
  else adoptBlank(torn);
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
 * The sector holds no more than a cut can leave of the very first program, or of a later try of it: behind eight frames it is
 * erased, as is the room in them for a seal, and its identity has no bit cleared that the program would not have cleared.
 */
function isTornFirst(sector: i32): bool {
  if (!isErased(sector, frameOffset(Size.Slots))) return false;
  read(sector, 0, BUFFER + 16, IDENTITY_BYTES);
  putIdentity(sector + 1);
  for (let i = 0; i < IDENTITY_BYTES; i++) {
    const first = load<u8>(BUFFER + i);
    if ((load<u8>(BUFFER + 16 + i) & first) != first) return false;
  }
  read(sector, 0, BUFFER, frameOffset(Size.Slots));
  if (!isBlank(BUFFER + HEADER_RAW, frameOffset(0) - HEADER_RAW)) return false;
  for (let frame = 0; frame < Size.Slots; frame++) {
    if (!frameRoomErased(BUFFER + frameOffset(frame))) return false;
  }
  return true;
}
