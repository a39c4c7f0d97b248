// CBOR (RFC 8949), written deterministically: shortest heads, definite lengths.

let start: usize = 0;
let at: usize = 0;
let end: usize = 0;
/** Something did not fit; nothing was written past the end. */
export let overflowed: bool = false;

export function startWriting(ptr: usize, len: i32): void {
  start = at = ptr;
  end = ptr + len;
  overflowed = false;
}

export function written(): i32 {
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
  putRaw(ptr, len);
}
export function putBytes(ptr: usize, len: i32): void {
  putHead(2, len);
  putRaw(ptr, len);
}

/** ASCII text that is part of the firmware. */
export function putLiteral(text: string): void {
  putHead(3, text.length);
  for (let i = 0; i < text.length; i++) putByte(text.charCodeAt(i));
}

/** A pair whose value is an unsigned integer. */
export function putField(key: string, value: u32): void {
  putLiteral(key);
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
  if (at < end) store<u8>(at++, value);
  else overflowed = true;
}

function putRaw(ptr: usize, len: i32): void {
  if (<i32>(end - at) < len) {
    overflowed = true;
    return;
  }
  memory.copy(at, ptr, len);
  at += len;
}
