import CliTable3 from 'cli-table3';
import stringWidth from 'string-width';
import { printableCell } from './output.js';

/** Narrower than this, a screen gets a list instead of a table. */
const NARROW = 60;
/** A border and a space on each side of a cell, of which two cells share a border. */
const AROUND_CELL = 3;

/** What a cell shows: one line, or several. */
export type Cell = string | readonly string[];

/**
 * A table for people, as wide as the screen allows: cells break between words, and if that is not
 * enough, or the screen is narrow, the table becomes a list. Each row has as many cells as
 * `titles`.
 */
export function table(
  titles: readonly string[],
  content: readonly (readonly Cell[])[],
  columns = process.stdout.isTTY ? process.stdout.columns : Infinity,
): string {
  const head = titles.map(cellText);
  const rows = content.map((row) => row.map(cellText));
  const all = [head, ...rows];
  const widths = head.map((_, column) => widest(all.flatMap((row) => (row[column] ?? '').split('\n'))));
  const words = head.map((_, column) => widest(all.flatMap((row) => (row[column] ?? '').split(/\s/))));
  const fits = shrink(widths, words, columns - AROUND_CELL * head.length - 1);
  if (!fits || columns < NARROW) return list(head, rows);
  // If every row is one line, the table needs no rules between rows.
  const isWrapped = fits.some((width, column) => width < (widths[column] ?? 0));
  const compact = !isWrapped && rows.every((row) => row.every((cell) => !cell.includes('\n')));
  const result = new CliTable3({
    head,
    style: { head: [], border: [], compact },
    wordWrap: true,
    // Two spaces around the text count as its width.
    colWidths: fits.map((width) => width + 2),
  });
  result.push(...rows);
  return result.toString();
}

function cellText(cell: Cell): string {
  return (typeof cell === 'string' ? [cell] : cell).map(printableCell).join('\n');
}

const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => stringWidth(text)));

/** Makes the widest columns narrower, none below its longest word, until they fit into `room`. */
function shrink(widths: readonly number[], words: readonly number[], room: number): number[] | undefined {
  const result = [...widths];
  let excess = result.reduce((sum, width) => sum + width, 0) - room;
  for (; excess > 0; excess--) {
    const spare = result.map((width, column) => (width > (words[column] ?? 0) ? width : 0));
    const column = spare.indexOf(Math.max(...spare));
    const width = spare[column];
    if (!width) return undefined;
    result[column] = width - 1;
  }
  return result;
}

/** The first cell of each row, and below it the others that are not empty, by their heads. */
function list([first = '', ...head]: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows
    .map(([name = '', ...cells]) => {
      const lines = cells.map((cell, index) => [head[index] ?? '', cell.replaceAll('\n', ', ')] as const);
      const full = lines.filter(([, cell]) => cell !== '').map(([key, cell]) => `  ${key}${key && ': '}${cell}`);
      return [`${first}${first && ' '}${name}`, ...full].join('\n');
    })
    .join('\n');
}
