/**
 * The code points that take two half-width cells, as first and last, ascending. The firmware has
 * the same list. It is shorter than that of Unicode's East Asian Width, which also makes emoji,
 * some symbols and scripts of dead languages wide.
 */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
];

/** How many cells a code point takes: a Han character 2, a Latin letter 1. */
export function cellsOfCode(code: number): 1 | 2 {
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** How many half-width cells a text takes on a terminal's screen. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const char of text) cells += cellsOfCode(char.codePointAt(0) ?? 0);
  return cells;
}

/** The text with spaces behind it, so that it takes `cells` cells. */
export function padCells(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)));
}
