/**
 * `decodeUtf8` returns it for bytes that are not UTF-8 (RFC 3629), as overlong forms and
 * surrogates.
 */
export const UTF8_BAD: i32 = -1;

/** The code point at `ptr`, which is before `end`. */
export function decodeUtf8(ptr: usize, end: usize): i32 {
  const first: i32 = load<u8>(ptr);
  if (first < 0x80) return first;
  const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || ptr + more >= end) return UTF8_BAD;
  let point = first & (0x3f >> more);
  for (let i = 1; i <= more; i++) {
    const next: i32 = load<u8>(ptr + i);
    if ((next & 0xc0) != 0x80) return UTF8_BAD;
    point = (point << 6) | (next & 0x3f);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return utf8Length(point) != more + 1 || surrogate || point > 0x10_ffff ? UTF8_BAD : point;
}

/** Bytes that a code point takes. */
export function utf8Length(point: i32): i32 {
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4;
}

/** Writes a code point. Returns its bytes. */
export function encodeUtf8(point: i32, out: usize): i32 {
  const length = utf8Length(point);
  if (length == 1) {
    store<u8>(out, point);
    return 1;
  }
  for (let i = length - 1; i > 0; i--) {
    store<u8>(out + i, 0x80 | (point & 0x3f));
    point >>= 6;
  }
  store<u8>(out, (0xf00 >> length) | point);
  return length;
}

/** All of the text is UTF-8. */
export function isUtf8(ptr: usize, len: i32): bool {
  const end = ptr + len;
  while (ptr < end) {
    const point = decodeUtf8(ptr, end);
    if (point == UTF8_BAD) return false;
    ptr += utf8Length(point);
  }
  return true;
}
