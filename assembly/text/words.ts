// A word is a text of one to eight ASCII characters in a number, the first in the lowest byte.
// The compiler makes one of `word('gen')` (asconfig.transform.mjs), so that no constant text lies
// in memory.

const WORD_BYTES: i32 = 8;

/** The first eight bytes at most of a text, as a word is laid out. */
export function wordAt(ptr: usize, len: i32): u64 {
  let word: u64 = 0;
  for (let i = min(len, WORD_BYTES) - 1; i >= 0; i--) word = (word << 8) | load<u8>(ptr + i);
  return word;
}

/** A text as a word; 0 if it is none. */
export function wordOf(ptr: usize, len: i32): u64 {
  if (len > WORD_BYTES) return 0;
  const word = wordAt(ptr, len);
  // A zero in it would make a longer text look like a shorter one.
  return wordBytes(word) == len ? word : 0;
}

/** Bytes up to the first zero. */
export function wordBytes(word: u64): i32 {
  let bytes = 0;
  for (; (word & 0xff) != 0; word >>= 8) bytes++;
  return bytes;
}
