import * as hal from '../hal';

// Text in the firmware's ROM, the custom section `octobind.rom` of terminal.wasm. `rom('…')` is
// where a text lies: the compiler replaces it (asconfig.transform.mjs).

/** Where a text lies: offset << 12 | bytes. */
export type RomText = u32;

const LENGTH_BITS: u32 = 12;

export function romBytes(text: RomText): i32 {
  return text & ((1 << LENGTH_BITS) - 1);
}

/** Copies a text to memory. Returns its bytes. */
export function copyRom(text: RomText, out: usize): i32 {
  const bytes = romBytes(text);
  const result = hal.rom_read(text >> LENGTH_BITS, out, bytes);
  assert(result >= 0);
  return bytes;
}
