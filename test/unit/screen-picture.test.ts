import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { decode } from 'fast-png';
import jsqr from 'jsqr';
import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { type Bitmap, pixels } from '../../host/screen/bitmap.js';
import { glyphOf, hasGlyph } from '../../host/screen/font.js';
import { UNIFONT_SHA256 } from '../../host/screen/glyphs.js';
import { montage } from '../../host/screen/montage.js';
import { LCD, png } from '../../host/screen/png.js';
import { QR_BYTES, qrSide } from '../../host/screen/qr-size.js';
import { Screen } from '../../host/screen/screen.js';
import { glyphFile, hanCodes, HEX, UNIHAN } from '../../tools/glyphs.js';

/** The types of a CommonJS package say otherwise than Node. */
const readQr = jsqr as unknown as typeof jsqr.default;

/** The pixels of a rectangle, as text. */
function art(bitmap: Bitmap, left: number, top: number, width: number, height: number): string[] {
  return Array.from({ length: height }, (_, y) => {
    const start = (top + y) * bitmap.width + left;
    return [...bitmap.pixels.subarray(start, start + width)].map((pixel) => (pixel ? '#' : '.')).join('');
  });
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

function menu(): Screen {
  const screen = new Screen(16, 4);
  screen.writeRow(0, '系统设置', { reversed: true });
  screen.writeRow(1, '1-账户管理');
  screen.writeRow(2, '2-添加一卡通', { reversed: true });
  screen.writeRow(3, '3-Trần Thị Hương');
  return screen;
}

describe('the font', () => {
  it('has what a terminal shows', () => {
    const text = 'Aa0~ÀéßŁŠơưạỲ·’“”…—•€₫№℃←↑→↓▲▼◀▶●○★☆─│┌┘█░　、。《》（）：；！？￥％Ａ０中国银联卡';
    expect(Array.from(text).filter((char) => !hasGlyph(char.codePointAt(0) ?? 0))).toEqual([]);
  });

  it.skipIf(!existsSync(UNIHAN))('has all Han of GB 2312 and of the list of general standard characters', () => {
    const han = hanCodes();
    expect(han).toHaveLength(8230);
    const without = han.filter((code) => !hasGlyph(code));
    // Unifont has none of those that lie outside of the Basic Multilingual Plane.
    expect(without).toEqual(han.filter((code) => code > 0xffff));
    expect(without).toHaveLength(196);
  });

  const installed = existsSync(HEX) && createHash('sha256').update(readFileSync(HEX)).digest('hex');
  it.skipIf(installed !== UNIFONT_SHA256 || !existsSync(UNIHAN))('is what tools/glyphs.ts makes of Unifont', () => {
    expect(readFileSync(new URL('../../host/screen/glyphs.ts', import.meta.url), 'utf8')).toBe(glyphFile());
  });

  it('draws a box with the code point for what it does not have', () => {
    expect(hasGlyph(0x0301)).toBe(false);
    const rows = glyphOf(0x0301).rows.map((bits) => bits.toString(2).padStart(8, '0').replaceAll('0', '.'));
    expect(rows).toEqual([
      '11111111',
      '11111111',
      '...1...1',
      '.1.111.1',
      '.1.11..1',
      '.1.111.1',
      '...1...1',
      '11111111',
      '11111111',
      '...11.11',
      '.1.1..11',
      '.1.11.11',
      '.1.11.11',
      '...1...1',
      '11111111',
      '11111111',
    ]);
  });

  it('draws another box for each code point', () => {
    const codes = [0x0301, 0x0302, 0x1f600, 0x1f601, 0x10ffff, 0x3042, 0x3043, 0x20164, 0x2ce93];
    expect(codes.filter(hasGlyph)).toEqual([]);
    expect(new Set(codes.map((code) => glyphOf(code).rows.join())).size).toBe(codes.length);
    expect(codes.map((code) => glyphOf(code).width)).toEqual([8, 8, 8, 8, 8, 16, 16, 16, 16]);
  });
});

describe('the picture of a screen', () => {
  it('has Han in two cells, Latin in one', () => {
    const screen = new Screen(16, 4);
    screen.writeRow(1, 'A中');
    expect(art(pixels(screen.state), 0, 16, 24, 16)).toEqual([
      '...............#........',
      '...............#........',
      '...............#........',
      '...............#........',
      '...##.....###########...',
      '..#..#....#....#....#...',
      '..#..#....#....#....#...',
      '.#....#...#....#....#...',
      '.#....#...#....#....#...',
      '.######...#....#....#...',
      '.#....#...###########...',
      '.#....#...#....#....#...',
      '.#....#........#........',
      '.#....#........#........',
      '...............#........',
      '...............#........',
    ]);
  });

  it('turns a reversed row over, from edge to edge', () => {
    const [plain, reversed] = [false, true].map((isReversed) => {
      const screen = new Screen(16, 4);
      screen.writeRow(1, '设置', { reversed: isReversed });
      return pixels(screen.state);
    });
    const turned = plain?.pixels.map((pixel, at) => (at >= 16 * 128 && at < 32 * 128 ? 1 - pixel : pixel));
    expect(reversed?.pixels).toEqual(turned);
  });

  it('shows a cursor as a line under its cell', () => {
    const screen = new Screen(16, 4);
    screen.moveCursor({ row: 3, column: 15 });
    const bitmap = pixels(screen.state);
    expect(bitmap.pixels.reduce((sum, pixel) => sum + pixel, 0)).toBe(16);
    expect(art(bitmap, 120, 62, 8, 2)).toEqual(['########', '########']);
  });

  it('is the same, pixel by pixel', () => {
    expect(digest(pixels(menu().state).pixels)).toBe('9c53dc3d6be05f9c');
  });
});

describe('a PNG', () => {
  it('has the colours of a display, and of a dark one', () => {
    const screen = menu();
    const bright = decode(png(pixels(screen.state), { scale: 3 }));
    expect(bright).toMatchObject({ width: 384, height: 192, channels: 1 });
    expect(new Set([...bright.data].map((at) => String(bright.palette?.[at])))).toEqual(
      new Set([String(LCD.paper), String(LCD.ink)]),
    );
    screen.darken(true);
    const dark = decode(png(pixels(screen.state)));
    expect(new Set([...dark.data].map((at) => String(dark.palette?.[at])))).toEqual(
      new Set([String(LCD.darkPaper), String(LCD.darkInk)]),
    );
  });

  it('has each pixel as often as the scale says', () => {
    const bitmap = pixels(menu().state);
    const { data, width } = decode(png(bitmap, { scale: 3 }));
    const ink = data[0] ?? 0; // The first row is reversed.
    const expected = Array.from(
      data,
      (_, at) => bitmap.pixels[Math.floor(at / width / 3) * 128 + Math.floor((at % width) / 3)],
    );
    expect([...data].map((at) => (at === ink ? 1 : 0))).toEqual(expected);
  });

  it('has the same bytes each time', () => {
    expect(digest(png(pixels(menu().state)))).toBe('b675962f6fad80d6');
  });

  it.each([0, 1.5, 17, NaN])('has no scale %d', (scale) => {
    expect(() => png(pixels(menu().state), { scale })).toThrow(RangeError);
  });
});

describe('a QR code', () => {
  const readable = (screen: Screen): string | undefined => {
    const { data, width, height, palette } = decode(
      png(pixels(screen.state), { scale: screen.state.columns > 20 ? 1 : 3 }),
    );
    const rgba = Uint8ClampedArray.from([...data].flatMap((at) => [...(palette?.[at] ?? []), 255]));
    const found = readQr(rgba, width, height);
    return found ? new TextDecoder().decode(Uint8Array.from(found.binaryData)) : undefined;
  };

  it.each([
    ['an address', 16, 4, 'https://example.com/pay?order=2026'],
    ['Han', 16, 4, '支付宝：¥12.50'],
    ['as much as fits, a pixel for each module', 16, 4, '0'.repeat(230)],
    ['capitals', 20, 8, 'UPI://PAY?X='.repeat(10)],
    ['long', 40, 15, 'A'.repeat(400)],
  ])('can be read: %s, on %i×%i cells', (_, columns, rows, text) => {
    const screen = new Screen(columns, rows);
    screen.showQr(text);
    expect(readable(screen)).toBe(text);
  });

  it('holds as many bytes in each version as the library can put there', () => {
    QR_BYTES.forEach((most, index) => {
      const fits = (bytes: number): unknown => {
        const range = { minVersion: index + 1, maxVersion: index + 1 };
        return encode(Array<number>(bytes).fill(0x80), { ecc: 'L', border: 4, maskPattern: 0, ...range }).size;
      };
      expect(fits(most)).toBe(qrSide(index + 1));
      expect(() => fits(most + 1)).toThrow('too long');
    });
  });

  it.each([
    [16, 4, 230],
    [20, 8, 1273],
    [40, 15, 2953],
  ])('of the largest size fits on %i×%i cells, and no byte more', (columns, rows, most) => {
    const screen = new Screen(columns, rows);
    screen.showQr('a'.repeat(most));
    expect(pixels(screen.state).pixels).toContain(1);
    expect(() => screen.showQr('a'.repeat(most + 1))).toThrow(`at most ${most}`);
  });
});

describe('a montage', () => {
  it('has each screen at its place, and captions below', () => {
    const screen = menu().state;
    const pages = ['1 主菜单', '2', 'A caption that is longer than the screen is wide 很长'].map((caption) => ({
      caption,
      screen,
    }));
    const { width, height, data, palette } = decode(montage(pages, { across: 2 }));
    // Two screens of 256×128 with 12 pixels around them; captions of one line, and of two.
    expect([width, height]).toEqual([12 + 2 * 268, 12 + 128 + 16 + 12 + 128 + 32 + 12]);
    const colour = (x: number, y: number): unknown => palette?.[data[y * width + x] ?? 0];
    const corners = [12, 280].flatMap((x) => [12, 168].map((y) => colour(x, y)));
    expect(corners).toEqual([[...LCD.ink], [...LCD.ink], [...LCD.ink], [255, 255, 255]]);
    const isBlack = (x: number, y: number): boolean => String(colour(x, y)) === '0,0,0';
    const inked = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) => x).some((x) => isBlack(x, y)),
    );
    const lines = [140, 296, 312].map((top) => inked.slice(top, top + 16).includes(true));
    expect(lines).toEqual([true, true, true]);
    expect(inked.filter(Boolean).length).toBeLessThanOrEqual(48);
  });

  it('needs a page', () => {
    expect(() => montage([])).toThrow(RangeError);
  });
});
