import { encode } from 'fast-png';
import type { Bitmap } from './bitmap.js';

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

/** Places in the palette of a picture. */
export enum Pen {
  White,
  Black,
  Paper,
  Ink,
  DarkPaper,
  DarkInk,
}

/** Pixels with colours of the palette, white at first. */
export class Canvas {
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

/** Refuses what is no whole number from 1 to 16. */
export function wholeFrom1(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 16) return value;
  throw new RangeError(`${name} is a whole number from 1 to 16, not ${value}.`);
}
