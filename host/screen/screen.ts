import { OctobindError } from '../error.js';
import { cellsOf, padCells } from './cells.js';
import { qrVersion } from './qr-size.js';

/** Columns that a screen may have, in half-width cells: from the smallest to the largest. */
const COLUMNS = { least: 16, most: 40 };
/** Rows that a screen may have. */
const ROWS = { least: 4, most: 15 };

/** Pixels of a half-width cell. */
export const CELL = { width: 8, height: 16 } as const;

/** One row of a screen. */
export interface Line {
  /** What was written, without the empty cells behind it. */
  readonly text: string;
  /** Light on dark, over the whole row: a title, or the chosen line of a list. */
  readonly reversed: boolean;
}

/** A cell. Both count from 0, from the top left. */
export interface Cursor {
  /** The row, from 0. */
  readonly row: number;
  /** The cell in the row, from 0. */
  readonly column: number;
}

/** What a screen shows at one moment. It never changes; a change makes a new one. */
export interface ScreenState {
  /** Half-width cells in a row, 16 to 40. */
  readonly columns: number;
  /** The rows, 4 to 15, from the top. They are empty while there is a QR code. */
  readonly lines: readonly Line[];
  /** The light is off. */
  readonly dark: boolean;
  /** Where a cursor is shown. */
  readonly cursor: Cursor | undefined;
  /** The text of the QR code that takes the whole screen. */
  readonly qr: string | undefined;
}

/** What a row looks like. */
export interface RowAttributes {
  /** Light on dark. Default: false. */
  readonly reversed?: boolean;
}

const EMPTY: Line = { text: '', reversed: false };

/** Controls, and what is invisible or turns the direction of writing: they have no cell. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * The screen of a terminal, as the device sees it: half-width cells, written a row at a time. It
 * is strict: a call that a real display could not carry out throws an `OctobindError` with code
 * `SCREEN`, and changes nothing. Errors never quote the text, which may be digits of a card.
 */
export class Screen {
  #state: ScreenState;
  #changes = 0;

  /** An empty screen of 16 to 40 columns (half-width cells) and 4 to 15 rows. */
  constructor(columns: number, rows: number) {
    refuseUnless(
      within(columns, COLUMNS) && within(rows, ROWS),
      `A screen has 16×4 to 40×15 cells, not ${columns}×${rows}.`,
    );
    const lines = Array.from({ length: rows }, () => EMPTY);
    this.#state = { columns, lines, dark: false, cursor: undefined, qr: undefined };
  }

  /** What is shown now. */
  get state(): ScreenState {
    return this.#state;
  }

  /** Counts what changed the picture. A call that shows what is there already does not count. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Writes a whole row, counted from 0; the cells behind the text become empty. Bytes are UTF-8.
   * Refused: a row that does not exist, more cells than the screen has, wrong UTF-8, control and
   * invisible characters. If a QR code was shown, it goes, and the other rows are empty.
   */
  writeRow(row: number, text: Uint8Array | string, { reversed = false }: RowAttributes = {}): void {
    const { columns, lines } = this.#state;
    this.#refuseRow(row);
    const shown = textOf(text);
    const cells = cellsOf(shown);
    refuseUnless(cells <= columns, `Row ${row} has ${cells} cells of text, and the screen has ${columns} columns.`);
    const line = { text: shown.trimEnd(), reversed };
    this.#show({ lines: lines.with(row, line), qr: undefined });
  }

  /** Shows a cursor in a cell, or none. Refused: a cell that does not exist. */
  moveCursor(cursor: Cursor | undefined): void {
    if (cursor) {
      this.#refuseRow(cursor.row);
      const last = this.#state.columns - 1;
      const isThere = within(cursor.column, { least: 0, most: last });
      refuseUnless(isThere, `The screen has columns 0 to ${last}, not ${cursor.column}.`);
    }
    this.#show({ cursor: cursor && { row: cursor.row, column: cursor.column } });
  }

  /** Turns the light off, or on again. */
  darken(dark: boolean): void {
    this.#show({ dark });
  }

  /**
   * Shows a QR code in place of all rows, until one is written. Refused: a text that is empty, is
   * wrong UTF-8, or is too long to be drawn with its quiet zone.
   */
  showQr(text: Uint8Array | string): void {
    const { columns, lines } = this.#state;
    const shown = textOf(text);
    refuseUnless(shown !== '', 'A QR code needs a text.');
    const bytes = new TextEncoder().encode(shown).length;
    qrVersion(bytes, Math.min(columns * CELL.width, lines.length * CELL.height));
    this.#show({ lines: lines.map(() => EMPTY), qr: shown, cursor: undefined });
  }

  /** The rows as text, each as many cells as the screen has columns. A wide character is two. */
  text(): string[] {
    return rowTexts(this.#state);
  }

  #refuseRow(row: number): void {
    const last = this.#state.lines.length - 1;
    refuseUnless(within(row, { least: 0, most: last }), `The screen has rows 0 to ${last}, not ${row}.`);
  }

  #show(part: Partial<ScreenState>): void {
    const next = { ...this.#state, ...part };
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    this.#state = next;
    this.#changes++;
  }
}

/** The rows of a state as text, each as many cells as the screen has columns. */
export function rowTexts({ lines, columns }: ScreenState): string[] {
  return lines.map(({ text }) => padCells(text, columns));
}

function within(value: number, { least, most }: { least: number; most: number }): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function textOf(text: Uint8Array | string): string {
  const decoded = typeof text === 'string' ? text : decode(text);
  refuseUnless(!UNPRINTABLE.test(decoded), 'The text has a control character, or one that is invisible.');
  return decoded;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new OctobindError('SCREEN', 'The text is not UTF-8.', { cause });
  }
}

function refuseUnless(holds: boolean, message: string): void {
  if (!holds) throw new OctobindError('SCREEN', message);
}
