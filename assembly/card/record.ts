import { Refusal, Role, Size } from '../protocol';
import { maskName, NAME_WIDE, readName, sameLetters } from './name';
import { bankOfPacked, CHECK_WRONG, checkDigits, maskPacked, packPan, readPan, wipeDigits } from './pan';

// A slot's 68 bytes. docs/PROTOCOL.md, "Record", has the layout.
const ROLE: usize = 0;
const FLAGS: usize = 1;
const SCHEME: usize = 2;
const PAN_DIGITS: usize = 3;
const PAN: usize = 4;
const PAN_BYTES: usize = 10;
const NAME_BYTES: usize = 14;
const NAME: usize = 16;

const FLAG_WIDE: u8 = 1;
const FLAG_CHECK_WRONG: u8 = 2;

/**
 * Builds the record of a card at `out`. If `warns`, a UnionPay number may have a wrong check
 * digit, which the record says. Returns a `Refusal`; the record is all zeros unless it is
 * `None`.
 */
export function makeRecord(
  pan: usize,
  panLen: i32,
  name: usize,
  nameLen: i32,
  role: i32,
  warns: bool,
  out: usize,
): Refusal {
  memory.fill(out, 0, Size.Record);
  const refusal = fillRecord(pan, panLen, name, nameLen, role, warns, out);
  if (refusal != Refusal.None) memory.fill(out, 0, Size.Record);
  wipeDigits();
  return refusal;
}

function fillRecord(pan: usize, panLen: i32, name: usize, nameLen: i32, role: i32, warns: bool, out: usize): Refusal {
  if (role != Role.Payment && role != Role.Settlement) return Refusal.RoleUnknown;
  const digits = readPan(pan, panLen);
  if (digits < 0) return -digits;
  const scheme = checkDigits(digits, warns);
  if (scheme < 0) return -scheme;
  const nameBytes = readName(name, nameLen, out + NAME);
  if (nameBytes < 0) return -nameBytes;
  store<u8>(out + ROLE, role);
  const wide = (nameBytes & NAME_WIDE) != 0 ? FLAG_WIDE : 0;
  store<u8>(out + FLAGS, wide | ((scheme & CHECK_WRONG) != 0 ? FLAG_CHECK_WRONG : 0));
  store<u8>(out + SCHEME, scheme);
  store<u8>(out + PAN_DIGITS, digits);
  packPan(digits, out + PAN);
  store<u8>(out + NAME_BYTES, nameBytes & ~NAME_WIDE);
  return Refusal.None;
}

export function roleOf(record: usize): i32 {
  return load<u8>(record + ROLE);
}

export function schemeIn(record: usize): i32 {
  return load<u8>(record + SCHEME);
}

/** The number's check digit is wrong: the issuer must confirm it. */
export function isCheckWrong(record: usize): bool {
  return (load<u8>(record + FLAGS) & FLAG_CHECK_WRONG) != 0;
}

/** The bank that issues the record's number, or `NO_BANK`. */
export function bankIn(record: usize): i32 {
  return bankOfPacked(record + PAN, load<u8>(record + PAN_DIGITS));
}

export function samePan(a: usize, b: usize): bool {
  return load<u8>(a + PAN_DIGITS) == load<u8>(b + PAN_DIGITS) && memory.compare(a + PAN, b + PAN, PAN_BYTES) == 0;
}

/** One holder's names: they may differ in case. */
export function sameName(a: usize, b: usize): bool {
  const bytes = load<u8>(a + NAME_BYTES);
  const flags = load<u8>(a + FLAGS);
  if (load<u8>(b + NAME_BYTES) != bytes || load<u8>(b + FLAGS) != flags) return false;
  return sameLetters(a + NAME, b + NAME, bytes, (flags & FLAG_WIDE) != 0);
}

export function sameRecord(a: usize, b: usize): bool {
  return memory.compare(a, b, Size.Record) == 0;
}

/** Writes the masked number. Returns its length, at most 19. */
export function maskedPan(record: usize, out: usize): i32 {
  const digits = load<u8>(record + PAN_DIGITS);
  maskPacked(record + PAN, digits, out);
  return digits;
}

/** Writes the masked name as UTF-8. Returns its bytes, at most 78. */
export function maskedName(record: usize, out: usize): i32 {
  const wide = (load<u8>(record + FLAGS) & FLAG_WIDE) != 0;
  return maskName(record + NAME, load<u8>(record + NAME_BYTES), wide, out);
}
