/** Writes text into memory at `to`, as UTF-8. Returns its length in bytes. */
export function put(text: string, to: usize): i32 {
  return <i32>String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, to, false);
}

/** The `len` bytes at `ptr`, read as UTF-8. */
export function get(ptr: usize, len: i32): string {
  return String.UTF8.decodeUnsafe(ptr, len);
}

/** The `len` bytes at `ptr` in hexadecimal. */
export function hex(ptr: usize, len: i32): string {
  let out = '';
  for (let i = 0; i < len; i++) {
    const byte = load<u8>(ptr + i);
    out += '0123456789abcdef'.charAt(byte >> 4) + '0123456789abcdef'.charAt(byte & 15);
  }
  return out;
}

/** Writes the bytes of a hexadecimal text into memory at `to`. Returns how many. */
export function unhex(text: string, to: usize): i32 {
  for (let i = 0; i < text.length; i += 2) store<u8>(to + (i >> 1), <u8>parseInt(text.substr(i, 2), 16));
  return text.length >> 1;
}

/** Memory for test data. */
export const SCRATCH: usize = memory.data(4096);
