import { glyphOf } from './font.js';
import { qrModules } from './qr.js';
import { CELL, type ScreenState } from './screen.js';

/** Rows of a cell that a cursor turns over, at its bottom. */
const CURSOR_HEIGHT = 2;

/** A picture with two colours. */
export class Bitmap {
  /** A byte for each pixel, row by row from the top: 1 is ink, 0 is paper. */
  readonly pixels: Uint8Array;

  /** All paper. */
  constructor(
    readonly width: number,
    readonly height: number,
    /** The light behind it is off. */
    readonly dark = false,
  ) {
    this.pixels = new Uint8Array(width * height);
  }

  /** Turns over the pixels of a rectangle. What lies outside of the picture is left out. */
  invert(left: number, top: number, width: number, height: number): void {
    for (let y = top; y < Math.min(top + height, this.height); y++)
      for (let x = left; x < Math.min(left + width, this.width); x++) {
        const at = y * this.width + x;
        this.pixels[at] = 1 - (this.pixels[at] ?? 0);
      }
  }

  /** Writes a line of text, with its top left corner at a pixel. */
  write(text: string, left: number, top: number): void {
    let x = left;
    for (const char of text) {
      const { width, rows } = glyphOf(char.codePointAt(0) ?? 0);
      rows.forEach((bits, y) => {
        for (let i = 0; i < width; i++) if ((bits >> (width - 1 - i)) & 1) this.invert(x + i, top + y, 1, 1);
      });
      x += width;
    }
  }
}

/** What a screen shows, pixel by pixel: 8 times its columns by 16 times its rows. */
export function pixels(state: ScreenState): Bitmap {
  const { columns, lines, dark, cursor, qr } = state;
  const bitmap = new Bitmap(columns * CELL.width, lines.length * CELL.height, dark);
  if (qr !== undefined) drawQr(bitmap, qr);
  lines.forEach(({ text, reversed }, row) => {
    const top = row * CELL.height;
    bitmap.write(text, 0, top);
    if (reversed) bitmap.invert(0, top, bitmap.width, CELL.height);
  });
  if (cursor) {
    const bottom = (cursor.row + 1) * CELL.height;
    bitmap.invert(cursor.column * CELL.width, bottom - CURSOR_HEIGHT, CELL.width, CURSOR_HEIGHT);
  }
  return bitmap;
}

/** In the middle, as large as whole pixels for a module allow. */
function drawQr(bitmap: Bitmap, text: string): void {
  const modules = qrModules(text);
  const scale = Math.floor(Math.min(bitmap.width, bitmap.height) / modules.length);
  const left = Math.floor((bitmap.width - modules.length * scale) / 2);
  const top = Math.floor((bitmap.height - modules.length * scale) / 2);
  modules.forEach((row, y) => {
    row.forEach((isDark, x) => {
      if (isDark) bitmap.invert(left + x * scale, top + y * scale, scale, scale);
    });
  });
}
