import { Size } from '../protocol';
import { SCRATCH, SCRATCH_BYTES } from '../scratch';
import { correctBit, crc32 } from './crc32';
import { aligned, isBlank, programUnit, sectorBytes, sectorCount } from './flash';

// The bytes on flash: docs/STORE.md draws them.

/** A header and a group of frames, as they are programmed. */
export const BUFFER: usize = SCRATCH;
export const BUFFER_BYTES: i32 = SCRATCH_BYTES;

/** A header without its padding. */
export const HEADER_RAW: i32 = 36;
const HEADER_SEQUENCE: usize = 6;
const HEADER_GENERATION: usize = 10;
const HEADER_LOCATIONS: usize = 14;
const HEADER_RETIRED: usize = 30;
const HEADER_CRC: usize = 32;
/** What all headers of a geometry begin with: magic and geometry. */
export const COMMON_BYTES: i32 = 6;

/** "OB", format 3. */
const MAGIC: u32 = 0x03_424f;

/** A frame without its padding. */
export const FRAME_RAW: i32 = 1 + Size.Sealed + 4;
const FRAME_PAYLOAD: usize = 1;
const FRAME_CRC: usize = 97;

/**
 * Tags of the eight slots, the first in the lowest byte. With `ff`, which is erased flash, they
 * are words of the extended Hamming code [8,4,4]: no wrong bit turns one word into another, and
 * it can be corrected.
 */
const TAGS: u64 = 0x96_69_66_5a_55_3c_33_0f;

function tagOf(slot: i32): u32 {
  assert(slot >= 0 && slot < Size.Slots);
  return (<u32>(TAGS >> ((<u64>slot) << 3))) & 0xff;
}

/** `slotOfTag` returns them if a tag names no slot. */
export const TAG_ERASED: i32 = -1;
export const TAG_TORN: i32 = -2;

/** What a CRC says about the bytes that it covers. */
export const enum Check {
  Bad,
  /** One bit was wrong, and is corrected in memory. */
  Corrected,
  Whole,
}

/** Where a frame is: sector << 12 | number of the frame in it. */
export const NOWHERE: u32 = 0xffff;
const LOCATION_BITS: u32 = 12;

export function location(sector: i32, frame: i32): u32 {
  assert(sector >= 0 && sector < sectorCount && frame >= 0 && frame < framesInSector());
  return (sector << LOCATION_BITS) | frame;
}
export function sectorOf(location: u32): i32 {
  return location >> LOCATION_BITS;
}
export function frameOf(location: u32): i32 {
  return location & ((1 << LOCATION_BITS) - 1);
}

export function headerBytes(): i32 {
  return aligned(HEADER_RAW);
}
export function frameBytes(): i32 {
  return aligned(FRAME_RAW);
}
export function framesInSector(): i32 {
  return (sectorBytes - headerBytes()) / frameBytes();
}
export function frameOffset(frame: i32): i32 {
  return headerBytes() + frame * frameBytes();
}

/** Three bytes: log2 of the sector's size, count of sectors, program unit. */
function geometry(): u32 {
  return ctz(sectorBytes) | (sectorCount << 8) | (programUnit << 16);
}

/**
 * Writes a header, padded, at the start of `BUFFER`. `putLocation` has put the locations in it
 * before.
 */
export function putHeader(sequence: u32, generation: u32, retired: u32): void {
  putIdentity(sequence);
  store<u32>(BUFFER + HEADER_GENERATION, generation);
  store<u16>(BUFFER + HEADER_RETIRED, retired);
  store<u32>(BUFFER + HEADER_CRC, crc32(0, BUFFER, <i32>HEADER_CRC));
  memory.fill(BUFFER + HEADER_RAW, 0xff, headerBytes() - HEADER_RAW);
}

/**
 * Writes, at the start of `BUFFER`, the beginning of a header of this sequence and our geometry.
 */
export function putIdentity(sequence: u32): void {
  store<u32>(BUFFER, MAGIC | (geometry() << 24));
  store<u16>(BUFFER + 4, geometry() >> 8);
  store<u32>(BUFFER + HEADER_SEQUENCE, sequence);
}

export function putLocation(slot: i32, where: u32): void {
  store<u16>(BUFFER + HEADER_LOCATIONS + (slot << 1), where);
}
export function locationIn(header: usize, slot: i32): u32 {
  return load<u16>(header + HEADER_LOCATIONS + (slot << 1));
}
export function generationIn(header: usize): u32 {
  return load<u32>(header + HEADER_GENERATION);
}
export function sequenceIn(header: usize): u32 {
  return load<u32>(header + HEADER_SEQUENCE);
}
export function retiredIn(header: usize): u32 {
  return load<u16>(header + HEADER_RETIRED);
}

/** A header of any geometry. */
export function checkHeader(header: usize): Check {
  const check = checkCrc(crc32(0, header, <i32>HEADER_CRC), header, <i32>HEADER_CRC);
  return (load<u32>(header) & 0xff_ffff) == MAGIC ? check : Check.Bad;
}
/** A whole header is of our geometry. */
export function isOurs(header: usize): bool {
  return load<u8>(header + 3) == (geometry() & 0xff) && load<u16>(header + 4) == geometry() >> 8;
}

/** The padding behind the frame at `at` is erased flash. */
export function isPaddingErased(at: usize): bool {
  return isBlank(at + FRAME_RAW, frameBytes() - FRAME_RAW);
}

/** Writes a frame of a slot at `at`, padded. */
export function putFrame(at: usize, sequence: u32, frame: i32, slot: i32, sealed: usize): void {
  assert(at >= BUFFER && at + frameBytes() <= BUFFER + BUFFER_BYTES);
  store<u8>(at, tagOf(slot));
  memory.copy(at + FRAME_PAYLOAD, sealed, Size.Sealed);
  store<u32>(at + FRAME_CRC, frameCrc(at, sequence, frame));
  memory.fill(at + FRAME_RAW, 0xff, frameBytes() - FRAME_RAW);
}

/** Checks the frame at `at` as this frame of a sector with this sequence. */
export function checkFrame(at: usize, sequence: u32, frame: i32): Check {
  const check = checkCrc(frameCrc(at, sequence, frame), at, <i32>FRAME_CRC);
  const slot = slotOfTag(load<u8>(at));
  return slot >= 0 && tagOf(slot) == load<u8>(at) ? check : Check.Bad;
}

/** The slot that a frame carries, sealed. */
export function slotIn(frame: usize): usize {
  return frame + FRAME_PAYLOAD;
}

/** The slot's index, or `TAG_ERASED`, with one wrong bit allowed; otherwise `TAG_TORN`. */
export function slotOfTag(tag: u32): i32 {
  if (popcnt(tag ^ 0xff) <= 1) return TAG_ERASED;
  for (let slot = 0; slot < Size.Slots; slot++) {
    if (popcnt(tag ^ tagOf(slot)) <= 1) return slot;
  }
  return TAG_TORN;
}

const SEED: usize = memory.data(8, 4);

/**
 * Seeded by sequence and place, so that a frame from before the sector's last erase, or one that
 * was moved within it, never counts.
 */
function frameCrc(at: usize, sequence: u32, frame: i32): u32 {
  store<u32>(SEED, sequence);
  store<u32>(SEED, frame, 4);
  return crc32(crc32(0, SEED, 8), at, <i32>FRAME_CRC);
}

/** Compares the CRC stored behind `len` bytes with what it should be. */
function checkCrc(crc: u32, ptr: usize, len: i32): Check {
  const difference = crc ^ load<u32>(ptr + len);
  if (difference == 0) return Check.Whole;
  return correctBit(ptr, len, difference) ? Check.Corrected : Check.Bad;
}
