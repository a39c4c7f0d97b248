import { Refusal, Size } from '../protocol';
import { isHan } from '../text/han';
import { decodeUtf8, encodeUtf8, UTF8_BAD, utf8Length } from '../text/utf8';

const SPACE = 0x20;
const STAR = 0x2a;
const HYPHEN = 0x2d;
const MIDDLE_DOT = 0xb7;
const BULLET = 0x2022;

/** Set in `readName`'s result if the name was written as UTF-16LE. */
export const NAME_WIDE: i32 = 0x100;

/**
 * Checks a holder's name (UTF-8) and writes it as a slot keeps it, in at most 52 bytes: one byte
 * a character if all are ASCII, else UTF-16LE. Returns the bytes written, with `NAME_WIDE`; or
 * minus a `Refusal`. Rules: docs/PROTOCOL.md, "Names"; ISO/IEC 7813 for the separators.
 */
export function readName(ptr: usize, len: i32, out: usize): i32 {
  const end = ptr + len;
  let count = 0;
  let digits = 0;
  let spacing = 0;
  let latin = 0;
  let han = 0;
  let dots = 0;
  let marks = 0;
  let strange = 0;
  let wide = false;
  let wideBytes = 0;
  let badEdge = false;
  let previous = 0;

  // All of the text is read before any verdict, so that the worst thing in it names the refusal.
  for (let at = ptr; at < end; count++) {
    const raw = decodeUtf8(at, end);
    if (raw == UTF8_BAD) return -Refusal.NameCharacter;
    at += utf8Length(raw);
    const point = raw == BULLET ? MIDDLE_DOT : raw;
    if (isControl(point)) return -Refusal.NameControl;
    if (isSeparator(point)) return -Refusal.NameSeparator;
    if (isDigit(point)) digits++;
    else if (point == SPACE || point == HYPHEN) spacing++;
    else if (isLatin(point)) latin++;
    else if (isHan(point)) han++;
    else if (point == MIDDLE_DOT) dots++;
    else if (point == 0x27 || point == 0x2e || point == 0x2f) marks++;
    else strange++;
    if (point == MIDDLE_DOT && (previous == 0 || previous == MIDDLE_DOT)) badEdge = true;
    if (point == SPACE && previous == 0) badEdge = true;
    if (point > 0x7f) wide = true;
    wideBytes += point > 0xffff ? 4 : 2;
    previous = point;
  }
  if (previous == SPACE || previous == MIDDLE_DOT) badEdge = true;

  if (digits >= Size.PanMin) return -Refusal.NamePan;
  if (digits > 0 && digits + spacing == count) return -Refusal.NameDigits;
  if (digits > 0 || strange > 0) return -Refusal.NameCharacter;
  if (count < Size.NameMin || count > Size.NameMax) return -Refusal.NameLength;
  if (han > 0 && latin > 0) return -Refusal.NameScripts;
  if (han > 0 && spacing + marks > 0) return -Refusal.NameCharacter;
  if (badEdge || (dots > 0 && han == 0)) return -Refusal.NameEdge;
  if (latin + han == 0) return -Refusal.NameCharacter;

  const bytes = wide ? wideBytes : count;
  if (bytes > Size.NameBytes) return -Refusal.NameBytes;
  for (let at = ptr; at < end;) {
    const raw = decodeUtf8(at, end);
    at += utf8Length(raw);
    const point = raw == BULLET ? MIDDLE_DOT : raw;
    if (!wide) {
      store<u8>(out++, point);
    } else if (point > 0xffff) {
      store<u16>(out, 0xd7c0 + (point >> 10));
      store<u16>(out, 0xdc00 | (point & 0x3ff), 2);
      out += 4;
    } else {
      store<u16>(out, point);
      out += 2;
    }
  }
  return wide ? bytes | NAME_WIDE : bytes;
}

/**
 * Writes a stored name as UTF-8, with all but the first character of each word hidden. A word of
 * one character is hidden as a whole. Returns its bytes, at most 78.
 */
export function maskName(name: usize, bytes: i32, wide: bool, out: usize): i32 {
  const end = name + bytes;
  let to = out;
  let start = out;
  let length = 0;
  while (name < end) {
    let point: u32 = wide ? load<u16>(name) : load<u8>(name);
    name += wide ? 2 : 1;
    if (wide && point >> 10 == 0x36) {
      point = ((point - 0xd7c0) << 10) | (load<u16>(name) & 0x3ff);
      name += 2;
    }
    if (point == SPACE || point == MIDDLE_DOT || point == 0x2f) {
      if (length == 1) to = start + encodeUtf8(STAR, start);
      length = 0;
      to += encodeUtf8(point, to);
      continue;
    }
    if (length == 0) start = to;
    to += encodeUtf8(length > 0 ? STAR : point, to);
    length++;
  }
  if (length == 1) to = start + encodeUtf8(STAR, start);
  return <i32>(to - out);
}

function isControl(point: i32): bool {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x2028 || point == 0x2029;
}

/** ^ % ? ; = */
function isSeparator(point: i32): bool {
  return point == 0x5e || point == 0x25 || point == 0x3f || point == 0x3b || point == 0x3d;
}

/** ASCII and full-width digits. */
function isDigit(point: i32): bool {
  return <u32>(point - 0x30) <= 9 || <u32>(point - 0xff10) <= 9;
}

/** Latin letters up to Extended-B, and Extended Additional, which Vietnamese names need. */
function isLatin(point: i32): bool {
  if (<u32>((point | 0x20) - 0x61) < 26) return true;
  if (point >= 0x1e00 && point <= 0x1eff) return true;
  return point >= 0xc0 && point <= 0x24f && point != 0xd7 && point != 0xf7;
}

/** Two stored names of `bytes` bytes, both wide or both not, have the same letters in any case. */
export function sameLetters(a: usize, b: usize, bytes: i32, wide: bool): bool {
  for (let i = 0; i < bytes; i += wide ? 2 : 1) {
    const left: u32 = wide ? load<u16>(a + i) : load<u8>(a + i);
    const right: u32 = wide ? load<u16>(b + i) : load<u8>(b + i);
    if (left != right && small(left) != small(right)) return false;
  }
  return true;
}

/**
 * The small form of a Latin letter (Unicode, simple case mapping). Past U+00FF, capital and small
 * letter are neighbours in these ranges. Letters of Extended-B whose partner lies elsewhere, and
 * the dotted and dotless i of Turkish, are returned as they are.
 */
function small(point: u32): u32 {
  if (point - 0x41 < 26) return point + 0x20;
  if (point < 0xc0 || point > 0x1eff) return point;
  if (point <= 0xde) return point == 0xd7 ? point : point + 0x20;
  if (point == 0x178) return 0xff;
  if (isOddPair(point)) return (point + 1) & ~1;
  return isEvenPair(point) ? point | 1 : point;
}

/** A letter of a pair whose capital has an even number. */
function isEvenPair(point: u32): bool {
  return (
    (point >= 0x100 && point <= 0x137 && (point | 1) != 0x131) ||
    (point >= 0x14a && point <= 0x177) ||
    (point >= 0x1a0 && point <= 0x1a5) ||
    (point >= 0x1de && point <= 0x1ef) ||
    (point >= 0x1f8 && point <= 0x21f) ||
    (point >= 0x222 && point <= 0x233) ||
    (point >= 0x246 && point <= 0x24f) ||
    (point >= 0x1e00 && point <= 0x1e95) ||
    (point >= 0x1ea0 && point <= 0x1eff)
  );
}

/** A letter of a pair whose capital has an odd number. */
function isOddPair(point: u32): bool {
  return (
    (point >= 0x139 && point <= 0x148) ||
    (point >= 0x179 && point <= 0x17e) ||
    point == 0x1af ||
    point == 0x1b0 ||
    (point >= 0x1cd && point <= 0x1dc)
  );
}
