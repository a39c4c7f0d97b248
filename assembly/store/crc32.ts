const POLYNOMIAL: u32 = 0xedb88320;

/** Steps of CRC-32 (ISO 3309, reflected) by nibble. */
const NIBBLES: usize = memory.data<u32>(
  [
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320,
    0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
  ],
  4,
);

/** Continues a CRC-32 over `len` bytes; start from `crc` 0. */
export function crc32(crc: u32, ptr: usize, len: i32): u32 {
  crc = ~crc;
  const end = ptr + len;
  while (ptr < end) {
    crc ^= load<u8>(ptr++);
    crc = (crc >> 4) ^ load<u32>(NIBBLES + ((crc & 15) << 2));
    crc = (crc >> 4) ^ load<u32>(NIBBLES + ((crc & 15) << 2));
  }
  return ~crc;
}

/**
 * Corrects the one wrong bit in `len` bytes, or in their stored CRC, that gives this difference
 * of CRCs. False if more than one bit is wrong. Up to 371 bytes, no two bits give the same
 * difference, nor do one and three.
 */
export function correctBit(ptr: usize, len: i32, difference: u32): bool {
  assert(difference != 0 && len <= 371);
  if (popcnt(difference) == 1) return true; // in the CRC itself
  // What a wrong bit does to the CRC, from the last bit of the bytes to the first.
  let effect = POLYNOMIAL;
  for (let at = ptr + len - 1; at >= ptr; at--) {
    for (let bit: u32 = 0x80; bit != 0; bit >>= 1) {
      if (effect == difference) {
        store<u8>(at, load<u8>(at) ^ bit);
        return true;
      }
      effect = (effect >> 1) ^ (-(effect & 1) & POLYNOMIAL);
    }
  }
  return false;
}
