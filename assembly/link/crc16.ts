/** Steps of CRC-16/XMODEM (polynomial 0x1021, initial 0) by nibble. */
const NIBBLES: usize = memory.data<u16>([
  0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7, 0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad,
  0xe1ce, 0xf1ef,
]);

/** CRC-16/XMODEM of `len` bytes. */
export function crc16(ptr: usize, len: i32): u32 {
  let crc: u32 = 0;
  const end = ptr + len;
  while (ptr < end) {
    const byte: u32 = load<u8>(ptr++);
    crc = (crc << 4) ^ load<u16>(NIBBLES + ((((crc >> 12) ^ (byte >> 4)) & 15) << 1));
    crc = (crc << 4) ^ load<u16>(NIBBLES + ((((crc >> 12) ^ byte) & 15) << 1));
  }
  return crc & 0xffff;
}
