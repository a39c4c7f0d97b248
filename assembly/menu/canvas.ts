import { putArray, putText, putUnsigned } from '../cbor/writer';
import * as hal from '../hal';
import { RowLook } from '../protocol';
import { crc32 } from '../store/crc32';
import * as text from './paragraph';

// A page is drawn as paragraphs and then a title, to the screen or into the reply to somebody who
// reads it. Only rows that changed go to the screen.

/** The smallest screen, and the largest. */
const COLUMNS_MIN: i32 = 16;
const COLUMNS_MAX: i32 = 40;
const ROWS_MIN: i32 = 4;
const ROWS_MAX: i32 = 15;

/** In half-width cells; 0 without a screen. */
export let columns: i32 = 0;
export let rows: i32 = 0;
/** Rises with each row that changed. */
export let changes: u32 = 0;
/** First row of the page's body that is shown. */
export let scroll: i32 = 0;

/** A CRC of each row as the screen has it. */
const SHOWN: usize = memory.data(60, 4);
const UNKNOWN: u32 = 0;
const NO_CURSOR: i32 = -1;
const SPACE: i32 = 0x20;
const UP: i32 = 0x25b2;
const DOWN: i32 = 0x25bc;

/** The page goes into a reply, not to the screen: what is typed is drawn as stars. */
export let forReply: bool = false;
/** Rows of the page's body so far. */
let bodyRows: i32 = 0;
/** Where the person types: row and column of the screen; -1 nowhere. */
export let cursorRow: i32 = NO_CURSOR;
export let cursorColumn: i32 = NO_CURSOR;

export function startCanvas(): void {
  columns = hal.screen_columns();
  rows = hal.screen_rows();
  if (columns < COLUMNS_MIN || columns > COLUMNS_MAX || rows < ROWS_MIN || rows > ROWS_MAX) columns = rows = 0;
  changes = 0;
  scroll = 0;
  memory.fill(SHOWN, 0, ROWS_MAX << 2);
}

export function hasScreen(): bool {
  return columns > 0;
}

export function startPage(asReply: bool): void {
  forReply = asReply;
  bodyRows = 0;
  cursorRow = cursorColumn = NO_CURSOR;
  text.startParagraph();
  if (asReply) putArray(rows);
}

export function scrollTo(row: i32): void {
  scroll = max(row, 0);
}

/**
 * Shows a text as a QR code instead of rows. False if the screen cannot: then the page must be
 * drawn as text.
 */
export function putQr(ptr: usize, len: i32): bool {
  if (hal.screen_qr(ptr, len) < 0) return false;
  // The next row that is written ends the code, and all rows are empty then.
  memory.fill(SHOWN, 0, ROWS_MAX << 2);
  changes++;
  return true;
}

/** The paragraph, broken into rows. */
export function putParagraph(): void {
  while (text.nextRow(columns)) putBody(NO_CURSOR);
  text.startParagraph();
}

/** The same, with the cursor behind it. */
export function putInput(): void {
  let left = text.paragraphCells();
  let any = false;
  while (text.nextRow(columns)) {
    any = true;
    left -= text.rowCells;
    putBody(left <= 0 && text.rowCells < columns ? text.rowCells : NO_CURSOR);
  }
  if (!any) putBody(0);
  text.startParagraph();
}

/**
 * Empties the rows below the body. False if the page has become shorter than it was scrolled:
 * then it must be drawn again.
 */
export function endBody(): bool {
  const most = max(bodyRows - (rows - 1), 0);
  if (scroll > most && !forReply) {
    scroll = most;
    return false;
  }
  for (let row = bodyRows - scroll + 1; row < rows; row++) putRow(row, text.PARAGRAPH, 0, RowLook.Plain, NO_CURSOR);
  return true;
}

/** The paragraph as the title, reversed, with arrows if there is more above or below. */
export function putTitle(): void {
  text.addSpaces(columns - 2 - text.paragraphCells());
  text.addPoint(scroll > 0 ? UP : SPACE);
  text.addPoint(scroll + rows - 1 < bodyRows ? DOWN : SPACE);
  putRow(0, text.PARAGRAPH, text.paragraphBytes, RowLook.Reversed, NO_CURSOR);
  text.startParagraph();
}

function putBody(cursor: i32): void {
  const row = bodyRows++ - scroll + 1;
  if (row >= 1 && row < rows) putRow(row, text.PARAGRAPH + text.rowStart, text.rowBytes, RowLook.Plain, cursor);
}

function putRow(row: i32, ptr: usize, len: i32, look: RowLook, cursor: i32): void {
  if (cursor != NO_CURSOR) {
    cursorRow = row;
    cursorColumn = cursor;
  }
  if (forReply) {
    putArray(3);
    putUnsigned(row);
    putText(ptr, len);
    putUnsigned(look);
    return;
  }
  const place = SHOWN + (row << 2);
  // Never `UNKNOWN`, so that the first drawing sends each row.
  const digest = (crc32(0, ptr, len) ^ ((look << 8) | (cursor & 0xff))) | 1;
  if (load<u32>(place) == digest) return;
  changes++;
  // A screen that fails is tried again at the row's next drawing; the terminal goes on.
  store<u32>(place, hal.screen_write(row, ptr, len, look, cursor) < 0 ? UNKNOWN : digest);
}
