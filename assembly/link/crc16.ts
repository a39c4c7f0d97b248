/** CRC-16/XMODEM (polynomial 0x1021, initial 0) of `len` bytes. */
export function crc16(ptr: usize, len: i32): u32 {
  let crc: u32 = 0;
  const end = ptr + len;
  while (ptr < end) {
    // A byte at once, without a table: its eight steps fold into these shifts.
    let step: u32 = ((crc >> 8) ^ <u32>load<u8>(ptr++)) & 0xff;
    step ^= step >> 4;
    crc = (crc << 8) ^ (step << 12) ^ (step << 5) ^ step;
  }
  return crc & 0xffff;
}
