import { BEYOND_CHARACTERS, CHARACTERS, SYLLABLE_COUNT, SYLLABLES } from '../../build/generated/pinyin';
import * as hal from '../hal';
import { REPLY, SCRATCH, SCRATCH_BYTES } from '../scratch';

// Which characters have a syllable, and which syllables have letters on given digit keys: a table
// in the ROM (docs/MEMORY.md, "The table of pinyin").

/** So many syllables are kept: more than any row of digits spells whole. */
export const MATCH_MAX: i32 = 6;

const ROW_BYTES: i32 = 5;
const LETTER_BITS: i32 = 5;
const LETTER_MASK: u32 = 31;
const BEFORE_A: i32 = 0x60;
/** Values from here on are places in the list of characters beyond 16 bits. */
const BEYOND: i32 = 0xe000;
const PLANE_2: i32 = 0x2_0000;

/** The syllables found: u32 letters, u16 where their characters begin, u8 how many they are. */
const MATCHES: usize = memory.data(48, 4);
const MATCH_BYTES: i32 = 8;

/** Rows of the ROM are read to here, as many at once as there is room for. */
const ROWS: usize = REPLY;
const ROWS_AT_ONCE: i32 = (SCRATCH_BYTES - <i32>(REPLY - SCRATCH)) / ROW_BYTES;

/**
 * Finds the syllables whose letters begin on these digit keys (bytes 2 to 9). First come those
 * that have no other letters; both kinds in the order of the table, the most common first.
 * Returns how many there are, at most `MATCH_MAX`.
 */
export function findSyllables(digits: usize, count: i32): i32 {
  let whole = 0;
  let found = 0;
  let characters = 0;
  for (let from = 0; from < SYLLABLE_COUNT; from += ROWS_AT_ONCE) {
    const rows = min(ROWS_AT_ONCE, SYLLABLE_COUNT - from);
    read(SYLLABLES + from * ROW_BYTES, rows * ROW_BYTES);
    for (let row = ROWS; row < ROWS + rows * ROW_BYTES; row += ROW_BYTES) {
      const letters = load<u32>(row);
      const size: i32 = load<u8>(row, 4);
      if (beginsOn(letters, digits, count)) {
        const isWhole = letters >> (LETTER_BITS * count) == 0;
        const place = isWhole ? whole++ : found;
        assert(whole <= MATCH_MAX);
        if (place < MATCH_MAX) {
          const match = MATCHES + place * MATCH_BYTES;
          // Makes room among the whole ones. What falls off the end is the least common.
          memory.copy(match + MATCH_BYTES, match, (min(found, MATCH_MAX - 1) - place) * MATCH_BYTES);
          store<u32>(match, letters);
          store<u32>(match, characters | (size << 16), 4);
          found = min(found + 1, MATCH_MAX);
        }
      }
      characters += size;
    }
  }
  return found;
}

function beginsOn(letters: u32, digits: usize, count: i32): bool {
  for (let i = 0; i < count; i++, letters >>= LETTER_BITS) {
    if (keyOf(letters & LETTER_MASK) != load<u8>(digits + i)) return false;
  }
  return true;
}

/** The digit key of a letter, 1 for a; 0 for no letter. Keys 7 and 9 have four letters. */
function keyOf(letter: i32): i32 {
  if (letter == 0) return 0;
  return min(9, 2 + (letter - 1 - i32(letter > 18)) / 3);
}

/** Writes the letters of a syllable that was found, the first `typed` as capitals. */
export function putSyllable(match: i32, typed: i32, out: usize): i32 {
  let letters = load<u32>(MATCHES + match * MATCH_BYTES);
  let bytes = 0;
  for (; letters != 0; letters >>= LETTER_BITS, bytes++) {
    store<u8>(out + bytes, (letters & LETTER_MASK) + BEFORE_A - (bytes < typed ? 0x20 : 0));
  }
  return bytes;
}

/** How many letters a syllable has that was found. */
export function syllableLetters(match: i32): i32 {
  return (32 - clz(load<u32>(MATCHES + match * MATCH_BYTES)) + LETTER_BITS - 1) / LETTER_BITS;
}

/** How many characters a syllable has that was found. */
export function characterCount(match: i32): i32 {
  return load<u8>(MATCHES + match * MATCH_BYTES, 6);
}

/** A character of a syllable that was found: the most common in names is 0. */
export function characterAt(match: i32, index: i32): i32 {
  assert(index < characterCount(match));
  let point = half(CHARACTERS + (load<u16>(MATCHES + match * MATCH_BYTES, 4) + index) * 2);
  if (point >= BEYOND) point = PLANE_2 + half(BEYOND_CHARACTERS + (point - BEYOND) * 2);
  return point;
}

export function wipeSyllables(): void {
  memory.fill(MATCHES, 0, MATCH_MAX * MATCH_BYTES);
}

/** 16 bits of the ROM. Nothing is left in memory of what is a part of a name. */
function half(offset: u32): i32 {
  read(offset, 2);
  const value: i32 = load<u16>(ROWS);
  store<u16>(ROWS, 0);
  return value;
}

function read(offset: u32, bytes: i32): void {
  const result = hal.rom_read(offset, ROWS, bytes);
  assert(result >= 0);
}
