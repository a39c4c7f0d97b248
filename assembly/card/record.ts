import { Refusal, Role, Size } from '../protocol';
import { maskName, nameBytes, nameWide, readName } from './name';
import { checkDigits, maskPacked, packPan, readPan, scheme, wipeDigits } from './pan';

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

/** Builds the record of a card at `out`. Answers a Refusal; where that is not `None`, the record is all zeros. */
export function makeRecord(pan: usize, panLen: i32, name: usize, nameLen: i32, role: i32, out: usize): i32 {
  memory.fill(out, 0, Size.Record);
  const refusal = fillRecord(pan, panLen, name, nameLen, role, out);
  if (refusal != Refusal.None) memory.fill(out, 0, Size.Record);
  wipeDigits();
  return refusal;
}

function fillRecord(pan: usize, panLen: i32, name: usize, nameLen: i32, role: i32, out: usize): i32 {
  if (role != Role.Payment && role != Role.Settlement) return Refusal.RoleUnknown;
  const digits = readPan(pan, panLen);
  if (digits < 0) return -digits;
  const pans = checkDigits(digits);
  if (pans != Refusal.None) return pans;
  const names = readName(name, nameLen, out + NAME);
  if (names != Refusal.None) return names;
  store<u8>(out + ROLE, role);
  store<u8>(out + FLAGS, nameWide ? FLAG_WIDE : 0);
  store<u8>(out + SCHEME, scheme);
  store<u8>(out + PAN_DIGITS, digits);
  packPan(digits, out + PAN);
  store<u8>(out + NAME_BYTES, nameBytes);
  return Refusal.None;
}

export function roleOf(record: usize): i32 {
  return load<u8>(record + ROLE);
}

export function schemeIn(record: usize): i32 {
  return load<u8>(record + SCHEME);
}

export function samePan(a: usize, b: usize): bool {
  return load<u8>(a + PAN_DIGITS) == load<u8>(b + PAN_DIGITS) && memory.compare(a + PAN, b + PAN, PAN_BYTES) == 0;
}

export function sameName(a: usize, b: usize): bool {
  return memory.compare(a + NAME, b + NAME, Size.NameBytes) == 0;
}

export function sameRecord(a: usize, b: usize): bool {
  return memory.compare(a, b, Size.Record) == 0;
}

/** Writes the masked number; answers its length, at most 19. */
export function maskedPan(record: usize, out: usize): i32 {
  const digits = load<u8>(record + PAN_DIGITS);
  maskPacked(record + PAN, digits, out);
  return digits;
}

/** Writes the masked name as UTF-8; answers its bytes, at most 78. */
export function maskedName(record: usize, out: usize): i32 {
  const wide = (load<u8>(record + FLAGS) & FLAG_WIDE) != 0;
  return maskName(record + NAME, load<u8>(record + NAME_BYTES), wide, out);
}
