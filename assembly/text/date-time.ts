// Dates of the proleptic Gregorian calendar as Zephyr's datetime command writes them:
// yyyy-MM-ddTHH:mm:ss.SSS, UTC.

/** Characters that `formatDateTime` writes. */
export const DATE_TIME_BYTES: i32 = 23;

const DAY_MS: i64 = 86_400_000;
/** Years that four digits can name, from the epoch on. */
const YEAR_MIN: i32 = 1970;
const YEAR_MAX: i32 = 9999;
/** Start of the year 10000. */
const TIME_END: i64 = 253_402_300_800_000;

/** Writes a time in milliseconds since 1970; out of 1970 to 9999 it is shown as the nearer end. */
export function formatDateTime(time: i64, out: usize): void {
  const shown = max(min(time, TIME_END - 1), 0);
  let days = <i32>(shown / DAY_MS);
  let rest = <i32>(shown % DAY_MS);
  let year = YEAR_MIN;
  while (days >= daysIn(year)) days -= daysIn(year++);
  let month = 1;
  while (days >= daysInMonth(year, month)) days -= daysInMonth(year, month++);
  putDigits(year, 4, out, 0x2d);
  putDigits(month, 2, out + 5, 0x2d);
  putDigits(days + 1, 2, out + 8, 0x54);
  putDigits(rest / 3_600_000, 2, out + 11, 0x3a);
  rest %= 3_600_000;
  putDigits(rest / 60_000, 2, out + 14, 0x3a);
  rest %= 60_000;
  putDigits(rest / 1000, 2, out + 17, 0x2e);
  putDigits(rest % 1000, 3, out + 20, 0);
}

/**
 * Milliseconds since 1970, or -1 where the text is no date: fraction (1 to 9 digits) and zone
 * (`Z`, `±hh:mm`) may be absent.
 */
export function parseDateTime(ptr: usize, len: i32): i64 {
  if (len < 19 || !separatorsAt(ptr)) return -1;
  const year = digits(ptr, 4);
  const month = digits(ptr + 5, 2);
  const day = digits(ptr + 8, 2);
  const hour = digits(ptr + 11, 2);
  const minute = digits(ptr + 14, 2);
  const second = digits(ptr + 17, 2);
  if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return -1;
  if (<u32>hour > 23 || <u32>minute > 59 || <u32>second > 59) return -1;
  let days = day - 1;
  for (let y = YEAR_MIN; y < year; y++) days += daysIn(y);
  for (let m = 1; m < month; m++) days += daysInMonth(year, m);
  let time = <i64>days * DAY_MS + <i64>((hour * 60 + minute) * 60 + second) * 1000;

  let at = ptr + 19;
  const end = ptr + len;
  if (at < end && load<u8>(at) == 0x2e) {
    let scale = 100;
    const first = ++at;
    while (at < end && isDigit(load<u8>(at))) {
      time += (load<u8>(at++) - 0x30) * scale;
      scale /= 10;
    }
    if (at == first || at - first > 9) return -1;
  }
  if (at == end) return time;
  const zone = load<u8>(at);
  if (zone == 0x5a) return at + 1 == end ? time : -1;
  if ((zone != 0x2b && zone != 0x2d) || end - at != 6 || load<u8>(at + 3) != 0x3a) return -1;
  const zoneHour = digits(at + 1, 2);
  const zoneMinute = digits(at + 4, 2);
  if (<u32>zoneHour > 23 || <u32>zoneMinute > 59) return -1;
  const offset = <i64>(zoneHour * 60 + zoneMinute) * 60_000;
  time += zone == 0x2b ? -offset : offset;
  return time < 0 || time >= TIME_END ? -1 : time;
}

function separatorsAt(ptr: usize): bool {
  const between = load<u8>(ptr + 10);
  return (
    load<u8>(ptr + 4) == 0x2d &&
    load<u8>(ptr + 7) == 0x2d &&
    (between == 0x54 || between == 0x20) &&
    load<u8>(ptr + 13) == 0x3a &&
    load<u8>(ptr + 16) == 0x3a
  );
}

function isDigit(char: u32): bool {
  return char - 0x30 <= 9;
}

/** Number of `count` digits, or -1. */
function digits(ptr: usize, count: i32): i32 {
  let value = 0;
  for (let i = 0; i < count; i++) {
    const char: u32 = load<u8>(ptr + i);
    if (!isDigit(char)) return -1;
    value = value * 10 + <i32>(char - 0x30);
  }
  return value;
}

function putDigits(value: i32, count: i32, out: usize, after: u32): void {
  if (after != 0) store<u8>(out + count, after);
  while (count-- > 0) {
    store<u8>(out + count, 0x30 + (value % 10));
    value /= 10;
  }
}

function isLeap(year: i32): bool {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

function daysIn(year: i32): i32 {
  return isLeap(year) ? 366 : 365;
}

function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) return isLeap(year) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}
