/** What `fromBase64` returns for a character outside of the alphabet (RFC 4648, section 4). */
export const BASE64_BAD: u32 = 64;

/** Value 0 to 63 of a base64 character. */
export function fromBase64(char: u32): u32 {
  if (char - 0x41 < 26) return char - 0x41;
  if (char - 0x61 < 26) return char - 0x61 + 26;
  if (char - 0x30 < 10) return char - 0x30 + 52;
  return char == 0x2b ? 62 : char == 0x2f ? 63 : BASE64_BAD;
}

/** Character of a value 0 to 63. */
function toBase64(value: u32): u32 {
  if (value < 26) return 0x41 + value;
  if (value < 52) return 0x61 + value - 26;
  if (value < 62) return 0x30 + value - 52;
  return value == 62 ? 0x2b : 0x2f;
}

/** Writes `len` bytes as padded base64. Returns the characters written. */
export function encodeBase64(ptr: usize, len: i32, out: usize): i32 {
  const end = ptr + len;
  let to = out;
  while (ptr < end) {
    const left = <i32>(end - ptr);
    const bits =
      ((<u32>load<u8>(ptr)) << 16) |
      (left > 1 ? (<u32>load<u8>(ptr + 1)) << 8 : 0) |
      (left > 2 ? <u32>load<u8>(ptr + 2) : 0);
    store<u8>(to, toBase64(bits >> 18));
    store<u8>(to + 1, toBase64((bits >> 12) & 63));
    store<u8>(to + 2, left > 1 ? toBase64((bits >> 6) & 63) : 0x3d);
    store<u8>(to + 3, left > 2 ? toBase64(bits & 63) : 0x3d);
    ptr += 3;
    to += 4;
  }
  return <i32>(to - out);
}
