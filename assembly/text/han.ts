/**
 * The blocks of unified ideographs up to extension J, of compatibility ideographs, and U+3007, a
 * zero in names. No noncharacter (U+2FFFE, U+2FFFF …) lies in a block.
 */
export function isHan(point: i32): bool {
  return (
    (point >= 0x4e00 && point <= 0x9fff) ||
    (point >= 0x3400 && point <= 0x4dbf) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0x2_0000 && point <= 0x2_a6df) ||
    (point >= 0x2_a700 && point <= 0x2_ee5f) ||
    (point >= 0x2_f800 && point <= 0x2_fa1f) ||
    (point >= 0x3_0000 && point <= 0x3_347f) ||
    point == 0x3007
  );
}
