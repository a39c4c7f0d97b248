import { Keyholder, Size } from '../protocol';

// A policy's 352 bytes: docs/PROTOCOL.md, "Policy". All bytes without a meaning are zeros, so that
// one policy has one form.

// Numbers of one byte.
export const WORDING: usize = 0;
export const ADDER: usize = 1;
export const REMOVER: usize = 2;
export const SLOTS: usize = 3;
export const LUHN: usize = 4;
const SCHEMES: usize = 8;
/** The digest of the five items that are bound to the serial number; zeros if it has none. */
export const BOUND_ITEMS: usize = 12;

// Texts: a byte with the count of bytes, then the bytes, padded with zeros.
export const SHOP: usize = 44;
export const CONTACT_ZH: usize = 141;
export const CONTACT_EN: usize = 238;
export const PHONE: usize = 335;
/** Two rows of letters of Latin Extended Additional: three bytes a cell. No text has more. */
export const TEXT_BYTES: i32 = 3 * 2 * Size.RowCells;

/** What holds without a policy, and for fields that a policy does not name. */
export function fillDefaults(content: usize): void {
  memory.fill(content, 0, Size.Policy);
  setNumber(content, ADDER, Keyholder.Administrator);
  setNumber(content, REMOVER, Keyholder.Administrator);
  setNumber(content, SLOTS, Size.Slots);
  setSchemes(content, u32.MAX_VALUE);
}

export function numberIn(content: usize, field: usize): i32 {
  return load<u8>(content + field);
}
export function setNumber(content: usize, field: usize, number: u32): void {
  store<u8>(content + field, number);
}

/** A bit for each `Scheme` that is allowed. */
export function schemesIn(content: usize): u32 {
  return load<u32>(content + SCHEMES);
}
export function setSchemes(content: usize, schemes: u32): void {
  store<u32>(content + SCHEMES, schemes);
}

/** Where the bytes of a text are, and how many. */
export function textIn(content: usize, text: usize): usize {
  return content + text + 1;
}
export function textBytes(content: usize, text: usize): i32 {
  return load<u8>(content + text);
}
export function setText(content: usize, text: usize, ptr: usize, bytes: i32): void {
  assert(bytes >= 0 && bytes <= (text == PHONE ? <i32>Size.RowCells : TEXT_BYTES));
  store<u8>(content + text, bytes);
  memory.copy(textIn(content, text), ptr, bytes);
}
