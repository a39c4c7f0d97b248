import { unzlibSync } from 'fflate';
import { latin1 } from '../bytes.js';
import { cellsOfCode } from './cells.js';
import { GLYPHS } from './glyphs.js';

/** Rows of a glyph. */
const HEIGHT = 16;

/** The picture of a character: 16 rows from the top, the leftmost pixel in the highest bit. */
export interface Glyph {
  /** Pixels in a row: 8 or 16. */
  readonly width: 8 | 16;
  /** The rows; a bit that is 1 is ink. */
  readonly rows: readonly number[];
}

interface Font {
  /** Where the bitmap of a code point starts in `bytes`. */
  readonly starts: ReadonlyMap<number, number>;
  readonly bytes: Uint8Array;
}

let loaded: Font | undefined;

/** Unpacked at the first use, which takes some milliseconds. */
function font(): Font {
  return (loaded ??= unpack());
}

function unpack(): Font {
  const bytes = unzlibSync(latin1(atob(GLYPHS)));
  const end = bytes.indexOf(0x0a);
  const starts = new Map<number, number>();
  let code = 0;
  let start = end + 1;
  for (const step of new TextDecoder().decode(bytes.subarray(0, end)).split(',')) {
    code += Number(step);
    starts.set(code, start);
    start += HEIGHT * cellsOfCode(code);
  }
  return { starts, bytes };
}

/** Tells if the font has a character. If not, it is drawn as a box with its code point. */
export function hasGlyph(code: number): boolean {
  return font().starts.has(code);
}

/** The glyph of a code point, or a box with the code point in it. */
export function glyphOf(code: number): Glyph {
  const { starts, bytes } = font();
  const start = starts.get(code);
  const cells = cellsOfCode(code);
  const width = cells === 2 ? 16 : 8;
  if (start === undefined) return { width, rows: box(code, width) };
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const at = start + y * cells;
    return cells === 2 ? ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0) : (bytes[at] ?? 0);
  });
  return { width, rows };
}

/** The digits 0 to F, five rows of three pixels, the top row in the highest bits. */
const DIGITS = [
  0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_011_001_111, 0b101_101_111_001_001,
  0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_001_010_010, 0b111_101_111_101_111, 0b111_101_111_001_111,
  0b010_101_111_101_101, 0b110_101_110_101_110, 0b011_100_100_100_011, 0b110_101_101_101_110, 0b111_100_110_100_111,
  0b111_100_110_100_100,
];
const DIGIT = { width: 3, height: 5 };

/**
 * A filled box with the code point in hexadecimal, its digits light: two in each line of a narrow
 * box, three in each of a wide one. A narrow box with six digits has three lines, which touch.
 */
function box(code: number, width: 8 | 16): number[] {
  const perLine = width === 16 ? 3 : 2;
  const least = code > 0xffff || width === 16 ? 6 : 4;
  const digits = code.toString(16).padStart(least, '0');
  const lines = Math.ceil(digits.length / perLine);
  const step = { x: width === 16 ? 5 : 4, y: Math.floor((HEIGHT - 1) / lines) };
  const left = Math.floor((width - (perLine - 1) * step.x - DIGIT.width) / 2);
  const top = Math.ceil((HEIGHT - (lines - 1) * step.y - DIGIT.height) / 2);
  const rows = Array.from({ length: HEIGHT }, () => (1 << width) - 1);
  Array.from(digits).forEach((digit, index) => {
    const x = left + (index % perLine) * step.x;
    const y = top + Math.floor(index / perLine) * step.y;
    const bits = DIGITS[parseInt(digit, 16)] ?? 0;
    for (let line = 0; line < DIGIT.height; line++) {
      const pixels = (bits >> ((DIGIT.height - 1 - line) * DIGIT.width)) & 0b111;
      rows[y + line] = (rows[y + line] ?? 0) & ~(pixels << (width - DIGIT.width - x));
    }
  });
  return rows;
}
