// How wide a text is on a screen, in half-width cells, and how the firmware breaks it into rows:
// as assembly/menu/cells.ts and canvas.ts.

/** First and last code points that take two cells. */
const WIDE = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
] as const;

export function cellsOf(text: string): number {
  return [...text].reduce((sum, char) => sum + cells(char), 0);
}

function cells(char: string): number {
  const point = char.codePointAt(0) ?? 0;
  return WIDE.some(([first, last]) => point >= first && point <= last) ? 2 : 1;
}

/** The rows of a text: broken behind a space or a wide character, if there is one. */
export function rowsOf(text: string, columns: number): string[] {
  const rows: string[] = [];
  let row = '';
  let until = 0;
  for (const char of text) {
    if (row === '' && char === ' ' && rows.length > 0) continue;
    if (cellsOf(row) + cells(char) > columns) {
      const at = char === ' ' || cells(char) === 2 ? row.length : until || row.length;
      rows.push(row.slice(0, at).trimEnd());
      row = row.slice(at).trimStart();
      until = 0;
      if (row === '' && char === ' ') continue;
    }
    if (cells(char) === 2 && row !== '') until = row.length;
    row += char;
    if (char === ' ' || cells(char) === 2) until = row.length;
  }
  return row === '' ? rows : [...rows, row];
}
