import { Size } from '../protocol';
import { isHan } from '../text/han';
import { decodeUtf8, UTF8_BAD, utf8Length } from '../text/utf8';

// What texts a policy may have: every screen can show them, in cells, never in bytes.

const SPACE: i32 = 0x20;
/** A telephone number has at most 15 digits (ITU-T E.164). */
const PHONE_DIGITS: i32 = 15;

/**
 * The text takes two rows of the smallest screen at most, has only characters that a screen can
 * show, no space at an end, and too few digits for a card number.
 */
export function fitsScreen(ptr: usize, bytes: i32): bool {
  const end = ptr + bytes;
  let rows = 1;
  let cells = 0;
  let digits = 0;
  let point = 0;
  for (let at = ptr; at < end; at += utf8Length(point)) {
    point = decodeUtf8(at, end);
    if (point == UTF8_BAD || (point == SPACE && at == ptr)) return false;
    const width = cellsOf(point);
    if (width == 0) return false;
    if (isDigit(point)) digits++;
    // A character of two cells does not stand half in one row, half in the next.
    if (cells + width > <i32>Size.RowCells) {
      rows++;
      cells = 0;
    }
    cells += width;
  }
  return rows <= 2 && digits < <i32>Size.PanMin && (bytes == 0 || point != SPACE);
}

/** One row of digits, with `+`, `-`, brackets and single spaces between them. */
export function isPhone(ptr: usize, bytes: i32): bool {
  if (bytes == 0) return true;
  let digits = 0;
  for (let i = 0; i < bytes; i++) {
    const char: u32 = load<u8>(ptr + i);
    const first = i == 0;
    if (char - 0x30 <= 9) digits++;
    else if (char == 0x2b ? !first : char != 0x2d && char != 0x28 && char != 0x29 && (char != SPACE || first))
      return false;
  }
  return bytes <= <i32>Size.RowCells && digits > 0 && digits <= PHONE_DIGITS && load<u8>(ptr + bytes - 1) != SPACE;
}

/** Half-width cells that a character takes; 0 if not every screen has it. */
function cellsOf(point: i32): i32 {
  if (point >= 0x20 && point <= 0x7e) return 1;
  if (point > 0xa0 && point <= 0x24f) return point == 0xad ? 0 : 1;
  if (point >= 0x1e00 && point <= 0x1eff) return 1;
  // Punctuation and full-width forms of Chinese texts.
  const wide = isHan(point) || (point >= 0x3001 && point <= 0x301b) || (point >= 0xff01 && point <= 0xff60);
  return wide ? 2 : 0;
}

/** ASCII and full-width digits. */
function isDigit(point: i32): bool {
  return <u32>(point - 0x30) <= 9 || <u32>(point - 0xff10) <= 9;
}
