import { TEXT_BYTES } from '../policy/content';
import { copyText } from '../policy/stored';
import { decodeUtf8, encodeUtf8, utf8Length } from '../text/utf8';
import { copyRom, romBytes, RomText } from '../text/rom';
import { cellsOf } from './cells';

// One paragraph at a time, as UTF-8. Its bytes may be digits that a person types, so they are
// wiped when it ends.

const BYTES: i32 = 192;
export const PARAGRAPH: usize = memory.data(BYTES, 4);
export let paragraphBytes: i32 = 0;

/** Bytes and cells of the row that `nextRow` found. */
export let rowStart: i32 = 0;
export let rowBytes: i32 = 0;
export let rowCells: i32 = 0;
let at: i32 = 0;

export function startParagraph(): void {
  memory.fill(PARAGRAPH, 0, BYTES);
  paragraphBytes = at = rowBytes = rowCells = 0;
}

/** Adds text that lies in memory. What does not fit is left out. */
export function add(ptr: usize, len: i32): void {
  if (paragraphBytes + len > BYTES) return;
  memory.copy(PARAGRAPH + paragraphBytes, ptr, len);
  paragraphBytes += len;
}

export function addRom(text: RomText): void {
  if (paragraphBytes + romBytes(text) > BYTES) return;
  paragraphBytes += copyRom(text, PARAGRAPH + paragraphBytes);
}

/** Adds a text of the bank's policy. Returns its bytes; 0 if there is none. */
export function addPolicyText(text: usize): i32 {
  if (paragraphBytes + TEXT_BYTES > BYTES) return 0;
  const bytes = copyText(text, PARAGRAPH + paragraphBytes);
  paragraphBytes += bytes;
  return bytes;
}

export function addPoint(point: i32): void {
  if (paragraphBytes + utf8Length(point) > BYTES) return;
  paragraphBytes += encodeUtf8(point, PARAGRAPH + paragraphBytes);
}

export function addSpaces(count: i32): void {
  while (count-- > 0) addPoint(0x20);
}

export function addNumber(value: u32): void {
  let scale: u32 = 1;
  while (value / scale >= 10) scale *= 10;
  for (; scale > 0; scale /= 10) addPoint(0x30 + <i32>((value / scale) % 10));
}

/** Cells of the whole paragraph. */
export function paragraphCells(): i32 {
  let cells = 0;
  const end = PARAGRAPH + paragraphBytes;
  for (let ptr = PARAGRAPH; ptr < end;) {
    const point = decodeUtf8(ptr, end);
    cells += cellsOf(point);
    ptr += utf8Length(point);
  }
  return cells;
}

/**
 * Finds the next row of at most `columns` cells: `rowStart`, `rowBytes`, `rowCells`. It breaks
 * behind a space or beside a wide character, if there is one. False if there is none left.
 */
export function nextRow(columns: i32): bool {
  const end = PARAGRAPH + paragraphBytes;
  if (at > 0) while (at < paragraphBytes && load<u8>(PARAGRAPH + at) == 0x20) at++;
  if (at >= paragraphBytes) return false;
  rowStart = at;
  let cells = 0;
  /** Where the row may end, and its cells up to there, without the spaces at its end. */
  let until = 0;
  let untilCells = 0;
  let ptr = PARAGRAPH + at;
  for (; ptr < end;) {
    const point = decodeUtf8(ptr, end);
    const wide = cellsOf(point);
    const here = <i32>(ptr - PARAGRAPH) - rowStart;
    if ((point == 0x20 || wide == 2) && here > 0) {
      until = here;
      untilCells = cells;
    }
    if (cells + wide > columns) break;
    cells += wide;
    ptr += utf8Length(point);
    if (point != 0x20 && wide != 2) continue;
    until = <i32>(ptr - PARAGRAPH) - rowStart;
    untilCells = cells;
  }
  const whole = <i32>(ptr - PARAGRAPH) - rowStart;
  const isLast = ptr >= end;
  rowBytes = isLast || until == 0 ? whole : until;
  rowCells = isLast || until == 0 ? cells : untilCells;
  at = rowStart + rowBytes;
  return true;
}
