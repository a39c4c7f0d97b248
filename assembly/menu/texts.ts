import { FIRST_REFUSAL, PAGES, REFUSALS, Text, TEXTS } from '../../build/generated/menu';
import * as hal from '../hal';
import { wording } from '../policy/rules';
import { Refusal, Wording } from '../protocol';
import { RomText } from '../text/rom';
import { addRom } from './paragraph';
import { language, Language } from './settings';

// The menu's table in the ROM: docs/MEMORY.md.

const ROW: usize = memory.data(4, 4);
const FIRST_CODE: i32 = Refusal.PanCharacter;
const HIDDEN: u32 = 0x80;

/** Adds a text of the table to the paragraph. */
export function addText(text: i32): void {
  readRow(TEXTS + ((<u32>text) << 2));
  const zhBytes: u32 = load<u8>(ROW, 2);
  const at = TEXTS + <u32>load<u16>(ROW);
  addRom(language == Language.Chinese ? place(at, zhBytes) : place(at + zhBytes, load<u8>(ROW, 3)));
}

/** Adds the sentence for a refusal. */
export function addRefusal(code: i32): void {
  const index = code - FIRST_CODE;
  addText(index >= 0 && index < REFUSALS ? FIRST_REFUSAL + index : <i32>Text.NotAllowed);
}

export function addTitle(page: i32): void {
  readRow(PAGES + ((<u32>page) << 2));
  addText(wording == Wording.BankCard ? load<u8>(ROW, 2) : load<u8>(ROW, 3));
}

export function parentOf(page: i32): i32 {
  readRow(PAGES + ((<u32>page) << 2));
  return load<u8>(ROW);
}

/** Whose password opens a page. */
export enum Opener {
  Anybody = 0,
  Operator = 1,
  Administrator = 2,
  Adder = 3,
  Remover = 4,
}

export function openerOf(page: i32): Opener {
  readRow(PAGES + ((<u32>page) << 2));
  return (load<u8>(ROW, 1) & ~HIDDEN) as Opener;
}

/** A page without a number in its parent's list. */
export function isHidden(page: i32): bool {
  readRow(PAGES + ((<u32>page) << 2));
  return (load<u8>(ROW, 1) & HIDDEN) != 0;
}

function place(offset: u32, bytes: u32): RomText {
  return (offset << 12) | bytes;
}

function readRow(offset: u32): void {
  const result = hal.rom_read(offset, ROW, 4);
  assert(result >= 0);
}
