import { cellsOfCode, padCells } from './cells.js';
import { hasGlyph } from './font.js';
import { qrModules } from './qr.js';
import type { Line, ScreenState } from './screen.js';

const CSI = '\x1b[';
const PLAIN = `${CSI}0m`;
const UNDERLINED = { on: `${CSI}4m`, off: `${CSI}24m` };

/** Black on white, whatever the shell's colours are: some readers take no light code on dark. */
const QR_COLOURS = `${CSI}0;30;107m`;

/** A screen for a shell, in a frame, with ANSI's attributes. A QR code has no frame. */
export function ansi({ columns, lines, dark, cursor, qr }: ScreenState): string {
  if (qr !== undefined) return `${qrRows(qr).join('\n')}\n`;
  const edge = '─'.repeat(columns);
  const rows = lines.map((line, row) => {
    const underlined = cursor?.row === row ? cursor.column : undefined;
    return `│${styled(line, columns, dark, underlined)}│`;
  });
  return `┌${edge}┐\n${rows.join('\n')}\n└${edge}┘\n`;
}

/**
 * The bytes that bring a VT100 (with UTF-8) from one screen to the next: the rows that changed,
 * and the cursor. The VT100 is cleared first if there is no screen before, or one of another size,
 * or if a QR code comes or goes.
 */
export function vt100(state: ScreenState, before?: ScreenState): Uint8Array {
  if (state === before) return new Uint8Array();
  const known = before && isOnTopOf(state, before) ? before : undefined;
  const start = known ? '' : `${PLAIN}${CSI}2J`;
  return new TextEncoder().encode(start + rowsSince(state, known).join('') + cursorOf(state));
}

function isOnTopOf(state: ScreenState, before: ScreenState): boolean {
  const isSameSize = before.columns === state.columns && before.lines.length === state.lines.length;
  return isSameSize && before.qr === state.qr;
}

/** The rows that differ, each with its place; all of them if nothing is known of before. */
function rowsSince(state: ScreenState, before: ScreenState | undefined): string[] {
  const { columns, lines, dark, qr } = state;
  if (qr !== undefined) return before ? [] : qrRows(qr).map((row, index) => moveTo(index, 0) + row);
  return lines.flatMap((line, row) => {
    const old = before?.lines[row];
    const isSame = old?.text === line.text && old.reversed === line.reversed && before?.dark === dark;
    return isSame ? [] : [moveTo(row, 0) + styled(line, columns, dark)];
  });
}

function cursorOf({ cursor }: ScreenState): string {
  return cursor ? `${moveTo(cursor.row, cursor.column)}${CSI}?25h` : `${CSI}?25l`;
}

function moveTo(row: number, column: number): string {
  return `${CSI}${row + 1};${column + 1}H`;
}

/** A whole row with its attributes, and plain again behind it. */
function styled({ text, reversed }: Line, columns: number, dark: boolean, underlined?: number): string {
  const attributes = [...(dark ? [2] : []), ...(reversed ? [7] : [])];
  const shown = shownCells(padCells(text, columns), underlined);
  return attributes.length > 0 ? `${CSI}${attributes.join(';')}m${shown}${PLAIN}` : shown;
}

/**
 * A shell shows some characters in other widths than the terminal, which would shift the rest of
 * the row. It has room for all that the font has, and for any Han; the others are shown as a box.
 */
function shownCells(text: string, underlined: number | undefined): string {
  let column = 0;
  let shown = '';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    const cells = cellsOfCode(code);
    const isSafe = hasGlyph(code) || (cells === 2 && /\p{Script=Han}/u.test(char));
    const cell = isSafe ? char : padCells('□', cells);
    const isAtCursor = underlined !== undefined && underlined >= column && underlined < column + cells;
    shown += isAtCursor ? UNDERLINED.on + cell + UNDERLINED.off : cell;
    column += cells;
  }
  return shown;
}

/** A QR code in characters: each is a module above another one. */
function qrRows(text: string): string[] {
  const modules = qrModules(text);
  return Array.from({ length: Math.ceil(modules.length / 2) }, (_, index) => {
    const upper = modules[2 * index] ?? [];
    const lower = modules[2 * index + 1] ?? [];
    const halves = upper.map((isDark, x) => (isDark ? (lower[x] ? '█' : '▀') : lower[x] ? '▄' : ' '));
    return QR_COLOURS + halves.join('') + PLAIN;
  });
}
