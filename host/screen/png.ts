import { encode } from 'fast-png';
import { Bitmap, pixels } from './bitmap.js';
import { cellsOf } from './cells.js';
import { CELL, type ScreenState } from './screen.js';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** The colours of a display: with its light on, and with it off. */
export interface Colours {
  /** What is behind the characters. */
  readonly paper: Colour;
  /** The characters. */
  readonly ink: Colour;
  /** The paper with the light off. */
  readonly darkPaper: Colour;
  /** The characters with the light off. */
  readonly darkInk: Colour;
}

/** A green display with liquid crystals. */
export const LCD: Colours = {
  paper: [168, 198, 78],
  ink: [28, 42, 18],
  darkPaper: [72, 82, 52],
  darkInk: [46, 54, 34],
};

/** What a picture looks like. */
export interface PngOptions {
  /** How many pixels of the PNG a pixel of the screen has on each side, 1 to 16. Default: 2. */
  readonly scale?: number;
  /** Default: `LCD`. */
  readonly colours?: Colours;
}

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

/** Places in the palette of a picture. */
enum Pen {
  White,
  Black,
  Paper,
  Ink,
  DarkPaper,
  DarkInk,
}

/** Free pixels around each screen of a montage. */
const GAP = 12;

/** Pixels with colours of the palette, white at first. */
class Canvas {
  readonly pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.pixels = new Uint8Array(width * height).fill(Pen.White);
  }

  draw(bitmap: Bitmap, left: number, top: number, scale: number, paper: Pen, ink: Pen): void {
    for (let y = 0; y < bitmap.height * scale; y++) {
      const from = Math.floor(y / scale) * bitmap.width;
      const to = (top + y) * this.width + left;
      for (let x = 0; x < bitmap.width * scale; x++)
        this.pixels[to + x] = bitmap.pixels[from + Math.floor(x / scale)] === 1 ? ink : paper;
    }
  }

  drawScreen(bitmap: Bitmap, left: number, top: number, scale: number): void {
    if (bitmap.dark) this.draw(bitmap, left, top, scale, Pen.DarkPaper, Pen.DarkInk);
    else this.draw(bitmap, left, top, scale, Pen.Paper, Pen.Ink);
  }

  png({ paper, ink, darkPaper, darkInk }: Colours): Uint8Array {
    const palette = [[255, 255, 255], [0, 0, 0], paper, ink, darkPaper, darkInk].map((colour) => [...colour]);
    const { width, height, pixels: data } = this;
    return encode({ width, height, data, channels: 1, depth: 8, palette }, { zlib: { level: 9 } });
  }
}

/** A PNG of what a screen shows. The same picture gives the same bytes. */
export function png(bitmap: Bitmap, { scale = 2, colours = LCD }: PngOptions = {}): Uint8Array {
  const canvas = new Canvas(bitmap.width * wholeFrom1('scale', scale), bitmap.height * scale);
  canvas.drawScreen(bitmap, 0, 0, scale);
  return canvas.png(colours);
}

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

function wholeFrom1(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 16) return value;
  throw new RangeError(`${name} is a whole number from 1 to 16, not ${value}.`);
}
