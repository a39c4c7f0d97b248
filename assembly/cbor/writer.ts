import { copyRom, romBytes, RomText } from '../text/rom';
import { wordBytes } from '../text/words';

// CBOR (RFC 8949), written deterministically: shortest heads, definite lengths.

let start: usize = 0;
let at: usize = 0;
let end: usize = 0;
/** Something did not fit; nothing was written past the end. */
export let overflowed: bool = false;

export function startWriting(ptr: usize, len: i32): void {
  assert(len >= 0);
  start = at = ptr;
  end = ptr + len;
  overflowed = false;
}

export function written(): i32 {
  assert(start <= at && at <= end);
  return <i32>(at - start);
}

export function putMap(pairs: u32): void {
  putHead(5, pairs);
}
export function putArray(items: u32): void {
  putHead(4, items);
}
export function putUnsigned(value: u32): void {
  putHead(0, value);
}
export function putBool(value: bool): void {
  putByte(value ? 0xf5 : 0xf4);
}
export function putNull(): void {
  putByte(0xf6);
}

/** Text that lies in memory as UTF-8. */
export function putText(ptr: usize, len: i32): void {
  putHead(3, len);
  if (takeRoom(len)) memory.copy(at - len, ptr, len);
}
export function putBytes(ptr: usize, len: i32): void {
  putHead(2, len);
  if (takeRoom(len)) memory.copy(at - len, ptr, len);
}

/** Text of one to eight ASCII characters: `word('gen')`. */
export function putWord(word: u64): void {
  const len = wordBytes(word);
  putHead(3, len);
  if (!takeRoom(len)) return;
  for (let to = at - len; to < at; to++, word >>= 8) store<u8>(to, <u32>word);
}

/** Text in the firmware's ROM. */
export function putRom(text: RomText): void {
  const len = romBytes(text);
  putHead(3, len);
  if (takeRoom(len)) copyRom(text, at - len);
}

/** A pair whose value is an unsigned integer. */
export function putField(key: u64, value: u32): void {
  putWord(key);
  putUnsigned(value);
}
/** The same, for a key of more than eight characters. */
export function putLongField(key: RomText, value: u32): void {
  putRom(key);
  putUnsigned(value);
}

function putHead(major: u32, value: u32): void {
  const type = major << 5;
  if (value < 24) return putByte(type | value);
  if (value < 0x100) {
    putByte(type | 24);
    return putByte(value);
  }
  const wide = value > 0xffff;
  putByte(type | (wide ? 26 : 25));
  if (wide) {
    putByte(value >> 24);
    putByte(value >> 16);
  }
  putByte(value >> 8);
  putByte(value);
}

function putByte(value: u32): void {
  if (takeRoom(1)) store<u8>(at - 1, value);
}

/** Moves on by `len` bytes if there is room for them. */
function takeRoom(len: i32): bool {
  assert(len >= 0);
  if (<i32>(end - at) < len) {
    overflowed = true;
    return false;
  }
  at += len;
  return true;
}
