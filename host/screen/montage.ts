import { Bitmap, pixels } from './bitmap.js';
import { cellsOf } from './cells.js';
import { Canvas, LCD, Pen, type PngOptions, wholeFrom1 } from './png.js';
import { CELL, type ScreenState } from './screen.js';

/** A page of a montage. */
export interface Page {
  /** Stands below the screen, on as many lines as it needs. */
  readonly caption: string;
  /** What the screen shows. */
  readonly screen: ScreenState;
}

/** What a montage looks like. */
export interface MontageOptions extends PngOptions {
  /** How many screens stand side by side. Default: 4. */
  readonly across?: number;
}

/** Free pixels around each screen of a montage. */
const GAP = 12;

/** A PNG with many screens and their captions, in rows from left to right. */
export function montage(pages: readonly Page[], options: MontageOptions = {}): Uint8Array {
  const { scale = 2, colours = LCD, across = 4 } = options;
  wholeFrom1('scale', scale);
  wholeFrom1('across', across);
  if (pages.length === 0) throw new RangeError('A montage needs a page.');
  const drawn = pages.map(({ caption, screen }) => {
    const bitmap = pixels(screen);
    return { bitmap, caption: wrap(caption, Math.floor((bitmap.width * scale) / CELL.width)) };
  });
  const columnWidth = Math.max(...drawn.map(({ bitmap }) => bitmap.width * scale)) + GAP;
  const placed: { page: (typeof drawn)[number]; left: number; top: number }[] = [];
  let top = GAP;
  for (let first = 0; first < drawn.length; first += across) {
    const row = drawn.slice(first, first + across);
    row.forEach((page, index) => placed.push({ page, left: GAP + index * columnWidth, top }));
    const heights = row.map(({ bitmap, caption }) => bitmap.height * scale + caption.length * CELL.height);
    top += Math.max(...heights) + GAP;
  }
  const canvas = new Canvas(GAP + Math.min(across, drawn.length) * columnWidth, top);
  for (const { page, left, top: at } of placed) {
    const { bitmap, caption } = page;
    canvas.drawScreen(bitmap, left, at, scale);
    caption.forEach((line, index) => {
      const text = new Bitmap(cellsOf(line) * CELL.width, CELL.height);
      text.write(line, 0, 0);
      canvas.draw(text, left, at + bitmap.height * scale + index * CELL.height, 1, Pen.White, Pen.Black);
    });
  }
  return canvas.png(colours);
}

/** The lines of a text: broken at spaces, and within a word that is longer than a line. */
function wrap(text: string, cells: number): string[] {
  const lines = [''];
  for (const word of text.split(/(?<= )/)) {
    if (cellsOf((lines.at(-1) ?? '') + word.trimEnd()) > cells) lines.push('');
    for (const char of word) {
      if (cellsOf((lines.at(-1) ?? '') + char) > cells && char !== ' ') lines.push('');
      lines.push((lines.pop() ?? '') + char);
    }
  }
  return lines.map((line) => line.trimEnd()).filter((line) => line !== '');
}
