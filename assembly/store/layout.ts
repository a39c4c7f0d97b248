import { Size } from '../protocol';
import { crc32 } from './crc32';
import { aligned, isBlank, programUnit, sectorBytes, sectorCount } from './flash';

// The bytes on flash: docs/STORE.md draws them.

/** One header or one group of frames, as it is programmed or was read. */
export const BUFFER: usize = memory.data(944);
/** Largest program: a header and eight frames at the largest unit. */
export const BUFFER_BYTES: i32 = 944;

/** What identifies a sector at mount: magic, version, geometry, sequence. */
export const IDENTITY_BYTES: i32 = 10;
/** A header without its padding. */
export const HEADER_RAW: i32 = 35;
const HEADER_SEQUENCE: usize = 6;
const HEADER_GENERATION: usize = 10;
const HEADER_LOCATIONS: usize = 14;
const HEADER_FRAMES: usize = 30;
const HEADER_CRC: usize = 31;

/** "OB", format 1. */
const MAGIC: u32 = 0x01_424f;

/** Payload of a frame: a record, and room for the nonce and tag that will seal it. */
const PAYLOAD: i32 = 96;
/** A frame without its padding. */
export const FRAME_RAW: i32 = 1 + PAYLOAD + 4;
const FRAME_PAYLOAD: usize = 1;
const FRAME_CRC: usize = 97;
/** High nibble of a tag; zeros in it keep a tag from looking erased. */
const TAG: u32 = 0x50;

/** Where a frame is: sector << 12 | number of the frame in it. */
export const NOWHERE: u32 = 0xffff;
const LOCATION_BITS: u32 = 12;

export function location(sector: i32, frame: i32): u32 {
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

/** Writes a header at the start of `BUFFER`, padded; the caller has put locations in it with `putLocation`. */
export function sealHeader(sequence: u32, generation: u32, frames: i32): void {
  putIdentity(sequence);
  store<u32>(BUFFER + HEADER_GENERATION, generation);
  store<u8>(BUFFER + HEADER_FRAMES, frames);
  store<u32>(BUFFER + HEADER_CRC, crc32(0, BUFFER, <i32>HEADER_CRC));
  memory.fill(BUFFER + HEADER_RAW, 0xff, headerBytes() - HEADER_RAW);
}

/** Writes at the start of `BUFFER` what a header of this sequence and our geometry begins with. */
export function putIdentity(sequence: u32): void {
  store<u32>(BUFFER, MAGIC | (geometry() << 24));
  store<u16>(BUFFER + 4, geometry() >> 8);
  store<u32>(BUFFER + HEADER_SEQUENCE, sequence);
}

export function putLocation(slot: i32, where: u32): void {
  store<u16>(BUFFER + HEADER_LOCATIONS + (slot << 1), where);
}
export function getLocation(slot: i32): u32 {
  return load<u16>(BUFFER + HEADER_LOCATIONS + (slot << 1));
}
export function headerGeneration(): u32 {
  return load<u32>(BUFFER + HEADER_GENERATION);
}
export function headerFrames(): i32 {
  return load<u8>(BUFFER + HEADER_FRAMES);
}

/** The bytes at `BUFFER` begin as a header of any geometry does. */
export function hasMagic(): bool {
  return (load<u32>(BUFFER) & 0xff_ffff) == MAGIC;
}
/** Sequence of a header of our geometry at `BUFFER`; 0 where it is none, or none that another can follow. */
export function identitySequence(): u32 {
  const ours = load<u32>(BUFFER) == (MAGIC | (geometry() << 24)) && load<u16>(BUFFER + 4) == geometry() >> 8;
  const sequence = load<u32>(BUFFER + HEADER_SEQUENCE);
  return ours && sequence != u32.MAX_VALUE ? sequence : 0;
}
/** The header at `BUFFER`, of any geometry, is whole. */
export function headerWhole(): bool {
  return hasMagic() && load<u32>(BUFFER + HEADER_CRC) == crc32(0, BUFFER, <i32>HEADER_CRC);
}

/** What no frame has bits cleared in is erased in the frame at `at`: the room for the seal, and the padding. */
export function frameRoomErased(at: usize): bool {
  const room = at + FRAME_PAYLOAD + Size.Record;
  return isBlank(room, PAYLOAD - Size.Record) && isBlank(at + FRAME_RAW, frameBytes() - FRAME_RAW);
}

/** Writes a frame at `at`, padded. */
export function sealFrame(at: usize, sequence: u32, frame: i32, slot: i32, record: usize): void {
  store<u8>(at, TAG | slot);
  memory.copy(at + FRAME_PAYLOAD, record, Size.Record);
  memory.fill(at + FRAME_PAYLOAD + Size.Record, 0xff, PAYLOAD - Size.Record);
  store<u32>(at + FRAME_CRC, frameCrc(at, sequence, frame));
  memory.fill(at + FRAME_RAW, 0xff, frameBytes() - FRAME_RAW);
}

/** The frame at `at` is whole and was written as this frame of this sector in this turn of the ring. */
export function frameWhole(at: usize, sequence: u32, frame: i32): bool {
  return slotOfTag(load<u8>(at)) >= 0 && load<u32>(at + FRAME_CRC) == frameCrc(at, sequence, frame);
}

export function recordIn(frame: usize): usize {
  return frame + FRAME_PAYLOAD;
}

/** Slot index that a tag names, or -1 where it is no tag. */
export function slotOfTag(tag: u32): i32 {
  return (tag & 0xf8) == TAG ? <i32>(tag & 7) : -1;
}

const SEED: usize = memory.data(8);

/** Seeded by sequence and place, so that no frame of an earlier life of the sector, or moved within it, is ever taken for one. */
function frameCrc(at: usize, sequence: u32, frame: i32): u32 {
  store<u32>(SEED, sequence);
  store<u32>(SEED, frame, 4);
  return crc32(crc32(0, SEED, 8), at, <i32>FRAME_CRC);
}
