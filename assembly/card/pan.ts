import { Refusal, Scheme, Size } from '../protocol';
import { copyRom } from '../text/rom';
import { bankCode, bankName, bankOf, NO_BANK } from './bank';
import { NOT_ISSUED, schemeOf } from './scheme';

/** Digits of the number that `readPan` read last, one value 0 to 9 a byte. */
export const DIGITS: usize = memory.data(24, 8);

const SPACE: u32 = 0x20;
const HYPHEN: u32 = 0x2d;
const ZERO: u32 = 0x30;

/**
 * Reads a card number's text into `DIGITS`, without spaces and hyphens. Returns the count of
 * digits, or minus a `Refusal`.
 */
export function readPan(ptr: usize, len: i32): i32 {
  let count = 0;
  for (let i = 0; i < len; i++) {
    const char: u32 = load<u8>(ptr + i);
    if (char == SPACE || char == HYPHEN) continue;
    const digit = char - ZERO;
    if (digit > 9) return -Refusal.PanCharacter;
    if (count < Size.PanMax) store<u8>(DIGITS + count, digit);
    count++;
  }
  return count < Size.PanMin || count > Size.PanMax ? -Refusal.PanLength : count;
}

/** Set in `checkDigits`'s result if the check digit is wrong. */
export const CHECK_WRONG: i32 = 0x100;

/**
 * Checks the number in `DIGITS`: check digit, then scheme and length. If `warns`, a UnionPay
 * number may have a wrong check digit. Returns its `Scheme`, with `CHECK_WRONG`; or minus a
 * `Refusal`.
 */
export function checkDigits(count: i32, warns: bool): i32 {
  assert(count >= Size.PanMin && count <= Size.PanMax);
  const wrong = luhnSum(DIGITS, count) % 10 != 0;
  if (wrong && !warns) return -Refusal.PanCheckDigit;
  const scheme = schemeOfDigits(count);
  if (!wrong) return scheme;
  return scheme == Scheme.UnionPay ? scheme | CHECK_WRONG : -Refusal.PanCheckDigit;
}

/** The `Scheme` of the number in `DIGITS`, or minus a `Refusal`. */
export function schemeOfDigits(count: i32): i32 {
  const scheme = schemeOf(prefix8(), count);
  // Maestro's ranges take in prefixes of banks that issue no Maestro card.
  const sure = scheme != Scheme.Unknown && scheme != Scheme.Maestro && !(scheme & NOT_ISSUED);
  if (sure) return scheme;
  if (scheme == Scheme.Unknown && isRepeated(count)) return -Refusal.PanRepeated;
  if (bankOfDigits(count) != NO_BANK) return Scheme.UnionPay;
  return scheme & NOT_ISSUED ? -Refusal.PanSchemeLength : scheme;
}

/** The bank of the number in `DIGITS`. */
export function bankOfDigits(count: i32): i32 {
  return bankOf(prefix8() * 10 + load<u8>(DIGITS, 8), count);
}

/** The number in `DIGITS` is one digit repeated. */
function isRepeated(count: i32): bool {
  return memory.compare(DIGITS, DIGITS + 1, count - 1) == 0;
}

/**
 * Sum of ISO/IEC 7812-1, annex B, over digits one a byte. Only low nibbles count, so ASCII will
 * do. A number is good if its sum is a multiple of ten.
 */
export function luhnSum(digits: usize, count: i32): u32 {
  let sum: u32 = 0;
  let end = digits + count;
  // Eight digits at a time from the right, so that the doubled ones are always the even bytes of
  // the word.
  while (count >= 8) {
    end -= 8;
    count -= 8;
    const word = load<u64>(end);
    const single = (word >> 8) & 0x000f_000f_000f_000f;
    const twice = word & 0x000f_000f_000f_000f;
    const fiveOrMore = ((twice + 0x007b_007b_007b_007b) >> 7) & 0x0001_0001_0001_0001;
    const lanes = single + (twice << 1) - fiveOrMore * 9;
    sum += <u32>((lanes * 0x0001_0001_0001_0001) >> 48);
  }
  let doubled = false;
  while (count-- > 0) {
    const digit: u32 = load<u8>(--end) & 0x0f;
    sum += doubled ? (digit << 1) - (digit > 4 ? 9 : 0) : digit;
    doubled = !doubled;
  }
  return sum;
}

/** First eight digits as a number. */
function prefix8(): u32 {
  const word = load<u64>(DIGITS);
  const pairs = (word * 10 + (word >> 8)) & 0x00ff_00ff_00ff_00ff;
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
  return <u32>(((fours & 0xffff) * 10_000 + (fours >> 32)) & 0xffff_ffff);
}

/** Writes `DIGITS` as BCD, first digit in the high nibble, padded with F to 10 bytes. */
export function packPan(count: i32, out: usize): void {
  for (let i = 0; i < 20; i += 2) {
    const high = i < count ? load<u8>(DIGITS + i) : 0x0f;
    const low = i + 1 < count ? load<u8>(DIGITS + i + 1) : 0x0f;
    store<u8>(out + (i >> 1), (high << 4) | low);
  }
}

/** The bank of a packed number. */
export function bankOfPacked(bcd: usize, count: i32): i32 {
  let prefix: u32 = 0;
  for (let i = 0; i < 4; i++) {
    const pair: u32 = load<u8>(bcd + i);
    prefix = prefix * 100 + (pair >> 4) * 10 + (pair & 0x0f);
  }
  return bankOf(prefix * 10 + (load<u8>(bcd, 4) >> 4), count);
}

const SHOWN_FIRST = 6;
const SHOWN_LAST = 4;
const HIDDEN = 6;
const STAR: u8 = 0x2a;

/**
 * Writes the masked form of a packed number; `count` characters. PCI DSS 3.4.1 allows the first
 * six and the last four. Of a number with less than 16 digits fewer of the first are shown, so
 * that six are hidden: the check digit gives one of them away, and a shop or a bank may know
 * more.
 */
export function maskPacked(bcd: usize, count: i32, out: usize): void {
  assert(count >= Size.PanMin && count <= Size.PanMax);
  const first = min(SHOWN_FIRST, count - SHOWN_LAST - HIDDEN);
  for (let i = 0; i < count; i++) {
    const pair = load<u8>(bcd + (i >> 1));
    const digit: u8 = i & 1 ? pair & 0x0f : pair >> 4;
    const shown = i < first || i >= count - SHOWN_LAST;
    store<u8>(out + i, shown ? <u8>ZERO + digit : STAR);
  }
}

/**
 * Writes the masked form of any text that should be a card number: as `maskPacked` if it has 12
 * to 19 digits and nothing else, otherwise one star for each byte, at most 19. Returns its
 * length.
 */
export function maskText(ptr: usize, len: i32, out: usize): i32 {
  const count = readPan(ptr, len);
  if (count < 0) {
    const stars = min(len, <i32>Size.PanMax);
    memory.fill(out, STAR, stars);
    wipeDigits();
    return stars;
  }
  const bcd = out + Size.PanMax;
  packPan(count, bcd);
  maskPacked(bcd, count, out);
  memory.fill(bcd, 0, 10);
  wipeDigits();
  return count;
}

/**
 * Writes which bank issues a number, if the number is good: a byte with the count of bytes of its
 * code, the code, and its name. Returns the bytes written; 0 if the table has no bank for it.
 */
export function bankText(ptr: usize, len: i32, out: usize): i32 {
  const count = readPan(ptr, len);
  const bank = count < 0 || checkDigits(count, false) < 0 ? NO_BANK : bankOfDigits(count);
  wipeDigits();
  if (bank == NO_BANK) return 0;
  const codeBytes = copyRom(bankCode(bank), out + 1);
  store<u8>(out, codeBytes);
  return 1 + codeBytes + copyRom(bankName(bank), out + 1 + codeBytes);
}

export function wipeDigits(): void {
  memory.fill(DIGITS, 0, 24);
}
