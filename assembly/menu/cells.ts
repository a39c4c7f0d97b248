/**
 * How many half-width cells of a screen a code point takes: two if it is wide (Unicode, UAX #11).
 */
export function cellsOf(point: i32): i32 {
  if (point < 0x1100) return 1;
  if (point <= 0x115f || between(point, 0x2e80, 0x303e) || between(point, 0x3041, 0x33ff)) return 2;
  if (between(point, 0x3400, 0x4dbf) || between(point, 0x4e00, 0xa4cf) || between(point, 0xac00, 0xd7a3)) return 2;
  if (between(point, 0xf900, 0xfaff) || between(point, 0xfe30, 0xfe6f) || between(point, 0xff00, 0xff60)) return 2;
  return between(point, 0xffe0, 0xffe6) || between(point, 0x2_0000, 0x3_fffd) ? 2 : 1;
}

function between(point: i32, first: i32, last: i32): bool {
  return point >= first && point <= last;
}
