import { Size } from '../../assembly/protocol';
import { correctBit, crc32 } from '../../assembly/store/crc32';
import { readGeometry } from '../../assembly/store/flash';
import {
  Check,
  checkFrame,
  checkHeader,
  FRAME_RAW,
  HEADER_RAW,
  putFrame,
  putHeader,
  slotOfTag,
  TAG_ERASED,
  TAG_TORN,
  BUFFER,
} from '../../assembly/store/layout';
import { put, SCRATCH } from './text';

const COPY: usize = SCRATCH + 512;
const SEQUENCE: u32 = 77;
const FRAME_NUMBER: i32 = 5;

function flip(at: usize, bit: i32): void {
  const byte = at + (bit >> 3);
  const mask: u32 = 1 << (bit & 7);
  store<u8>(byte, load<u8>(byte) ^ mask);
}

/** Makes a frame in `BUFFER`, as the journal does, and copies it to `SCRATCH` and `COPY`. */
function written(slot: i32): void {
  for (let i = 0; i < Size.Sealed; i++) store<u8>(SCRATCH + 256 + i, i * 11);
  putFrame(BUFFER, SEQUENCE, FRAME_NUMBER, slot, SCRATCH + 256);
  memory.copy(SCRATCH, BUFFER, FRAME_RAW);
  memory.copy(COPY, BUFFER, FRAME_RAW);
}

describe('CRC-32', () => {
  it('returns the check value of the CRC catalogue (CRC-32/ISO-HDLC)', () => {
    expect(crc32(0, SCRATCH, put('123456789', SCRATCH))).toBe(0xcbf43926);
  });

  it('gives the same sum in two parts', () => {
    put('123456789', SCRATCH);
    expect(crc32(crc32(0, SCRATCH, 4), SCRATCH + 4, 5)).toBe(0xcbf43926);
  });

  it('corrects any one wrong bit in 371 bytes, and changes no data if that bit is in the CRC', () => {
    const length = 371 - 4;
    for (let i = 0; i < length; i++) store<u8>(SCRATCH + i, i * 7);
    const crc = crc32(0, SCRATCH, length);
    for (let bit = 0; bit < length * 8; bit++) {
      flip(SCRATCH, bit);
      expect(correctBit(SCRATCH, length, crc ^ crc32(0, SCRATCH, length))).toBe(true);
      expect(crc32(0, SCRATCH, length)).toBe(crc);
    }
    for (let bit = 0; bit < 32; bit++) {
      expect(correctBit(SCRATCH, length, 1 << bit)).toBe(true);
      expect(crc32(0, SCRATCH, length)).toBe(crc);
    }
  });
});

describe('a frame', () => {
  beforeEach(() => {
    readGeometry();
    written(3);
  });

  it('is whole under its own sequence and number, and bad under any other', () => {
    expect(checkFrame(COPY, SEQUENCE, FRAME_NUMBER)).toBe(Check.Whole);
    expect(checkFrame(COPY, SEQUENCE + 1, FRAME_NUMBER)).toBe(Check.Bad);
    expect(checkFrame(COPY, SEQUENCE, FRAME_NUMBER + 1)).toBe(Check.Bad);
    expect(memory.compare(COPY, SCRATCH, FRAME_RAW)).toBe(0);
  });

  it('is corrected if one bit is wrong, whichever it is', () => {
    for (let bit = 0; bit < FRAME_RAW * 8; bit++) {
      flip(COPY, bit);
      expect(checkFrame(COPY, SEQUENCE, FRAME_NUMBER)).toBe(Check.Corrected);
      // The CRC itself is not corrected: nothing reads it again.
      expect(memory.compare(COPY, SCRATCH, FRAME_RAW - 4)).toBe(0);
      memory.copy(COPY, SCRATCH, FRAME_RAW);
    }
  });

  it('is bad if two bits are wrong, whichever they are', () => {
    let taken = 0;
    for (let one = 0; one < FRAME_RAW * 8; one++) {
      for (let other = one + 1; other < FRAME_RAW * 8; other++) {
        flip(COPY, one);
        flip(COPY, other);
        if (checkFrame(COPY, SEQUENCE, FRAME_NUMBER) != Check.Bad) taken++;
        memory.copy(COPY, SCRATCH, FRAME_RAW);
      }
    }
    expect(taken).toBe(0);
  });
});

describe('a header', () => {
  it('is corrected if one bit is wrong, and bad if two are', () => {
    readGeometry();
    memory.fill(BUFFER, 0xff, HEADER_RAW);
    putHeader(SEQUENCE, 12, 0);
    memory.copy(SCRATCH, BUFFER, HEADER_RAW);
    expect(checkHeader(SCRATCH)).toBe(Check.Whole);
    let taken = 0;
    for (let one = 0; one < HEADER_RAW * 8; one++) {
      memory.copy(SCRATCH, BUFFER, HEADER_RAW);
      flip(SCRATCH, one);
      expect(checkHeader(SCRATCH)).toBe(Check.Corrected);
      expect(memory.compare(SCRATCH, BUFFER, HEADER_RAW - 4)).toBe(0);
      for (let other = one + 1; other < HEADER_RAW * 8; other++) {
        memory.copy(SCRATCH, BUFFER, HEADER_RAW);
        flip(SCRATCH, one);
        flip(SCRATCH, other);
        if (checkHeader(SCRATCH) != Check.Bad) taken++;
      }
    }
    expect(taken).toBe(0);
  });
});

describe('a tag', () => {
  it('still names its slot if one bit is wrong, and names no slot if two are', () => {
    for (let slot = 0; slot < Size.Slots; slot++) {
      written(slot);
      const tag: u32 = load<u8>(COPY);
      expect(slotOfTag(tag)).toBe(slot);
      for (let one = 0; one < 8; one++) {
        expect(slotOfTag(tag ^ (1 << one))).toBe(slot);
        for (let other = 0; other < one; other++) expect(slotOfTag(tag ^ (1 << one) ^ (1 << other))).toBe(TAG_TORN);
      }
    }
  });

  it('reads as erased on erased flash, also if one bit is wrong', () => {
    expect(slotOfTag(0xff)).toBe(TAG_ERASED);
    for (let bit = 0; bit < 8; bit++) expect(slotOfTag(0xff ^ (1 << bit))).toBe(TAG_ERASED);
  });
});
