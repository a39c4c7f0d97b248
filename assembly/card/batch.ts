import { Refusal, Size } from '../protocol';
import { checkDigits, DIGITS, luhnSum, readPan, wipeDigits } from './pan';

const NEWLINE: u64 = 0x0a0a_0a0a_0a0a_0a0a;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/** Distance from `ptr` to the next line feed, or to `end`. Reads up to seven bytes past `end`. */
function lineLength(ptr: usize, end: usize): i32 {
  let at = ptr;
  while (at < end) {
    const word = load<u64>(at) ^ NEWLINE;
    const zeros = (word - ONES) & ~word & HIGHS;
    if (zeros != 0) {
      at += <usize>(ctz(zeros) >> 3);
      break;
    }
    at += 8;
  }
  return <i32>(min(at, end) - ptr);
}

/** All of `len` bytes are ASCII digits. Reads up to seven bytes past the end. */
function allDigits(ptr: usize, len: i32): bool {
  while (len > 0) {
    let word = load<u64>(ptr) ^ 0x3030_3030_3030_3030;
    if (len < 8) word &= ((<u64>1) << ((<u64>len) << 3)) - 1;
    // A byte above 9 carries into its high nibble, or has one already.
    if ((((word & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | word) & HIGHS) return false;
    ptr += 8;
    len -= 8;
  }
  return true;
}

/** docs/HAL.md, `luhnBatch`. */
export function luhnBatch(ptr: usize, len: i32, out: usize): i32 {
  const end = ptr + len;
  let count = 0;
  while (ptr < end) {
    const line = lineLength(ptr, end);
    const good = line > 0 && allDigits(ptr, line) && luhnSum(ptr, line) % 10 == 0;
    store<u8>(out + count++, good ? 1 : 0);
    ptr += line + 1;
  }
  return count;
}

/** docs/HAL.md, `panCheckBatch`. */
export function panCheckBatch(ptr: usize, len: i32, out: usize): i32 {
  const end = ptr + len;
  let number = 0;
  while (ptr < end) {
    const line = lineLength(ptr, end);
    const digits = readLine(ptr, line);
    const scheme = digits < 0 ? digits : checkDigits(digits, false);
    const verdict = out + (number++ << 2);
    store<u16>(verdict, scheme < 0 ? -scheme : <i32>Refusal.None);
    store<u8>(verdict, max(scheme, 0), 2);
    store<u8>(verdict, max(digits, 0), 3);
    ptr += line + 1;
  }
  wipeDigits();
  return number;
}

/** `readPan`, with a fast path for numbers that are digits alone. */
function readLine(ptr: usize, len: i32): i32 {
  if (len < Size.PanMin || len > Size.PanMax || !allDigits(ptr, len)) return readPan(ptr, len);
  store<u64>(DIGITS, load<u64>(ptr) & 0x0f0f_0f0f_0f0f_0f0f);
  store<u64>(DIGITS, load<u64>(ptr, 8) & 0x0f0f_0f0f_0f0f_0f0f, 8);
  store<u32>(DIGITS, load<u32>(ptr, 16) & 0x0f0f_0f0f, 16);
  return len;
}
