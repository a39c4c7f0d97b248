import { cellsOf } from '../host/screen/cells.js';

/**
 * The rows of a text, as the firmware breaks it (assembly/menu/paragraph.ts): behind a space or a
 * wide character, if there is one.
 */
export function rowsOf(text: string, columns: number): string[] {
  const rows: string[] = [];
  let row = '';
  let until = 0;
  for (const char of text) {
    if (row === '' && char === ' ' && rows.length > 0) continue;
    if (cellsOf(row) + cellsOf(char) > columns) {
      const at = char === ' ' || cellsOf(char) === 2 ? row.length : until || row.length;
      rows.push(row.slice(0, at).trimEnd());
      row = row.slice(at).trimStart();
      until = 0;
      if (row === '' && char === ' ') continue;
    }
    if (cellsOf(char) === 2 && row !== '') until = row.length;
    row += char;
    if (char === ' ' || cellsOf(char) === 2) until = row.length;
  }
  return row === '' ? rows : [...rows, row];
}
