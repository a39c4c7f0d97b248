import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cellsOf, cellsOfCode, padCells } from '../../host/screen/cells.js';
import { hasGlyph } from '../../host/screen/font.js';

/** Of the Debian package `unicode-data`. */
const EAST_ASIAN_WIDTH = '/usr/share/unicode/EastAsianWidth.txt';

describe('cells of a text', () => {
  it.each([
    ['', 0],
    ['Settings', 8],
    ['系统设置', 8],
    ['1-添加银行卡', 12],
    ['欧阳·娜娜', 9],
    ['Trần Thị Hương', 14],
    ['：（）￥', 8],
    ['▲▼●★', 4],
    ['𬴂', 2],
  ])('%s', (text, cells) => {
    expect(cellsOf(text)).toBe(cells);
  });

  it('is two in the ranges that the firmware has, and one elsewhere', () => {
    const ranges =
      '1100–115F 2E80–303E 3041–33FF 3400–4DBF 4E00–9FFF A000–A4CF AC00–D7A3 F900–FAFF FE30–FE6F FF00–FF60 FFE0–FFE6 20000–3FFFD';
    const wide = ranges.split(' ').map((range) => range.split('–').map((code) => parseInt(code, 16)));
    const differ: number[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const isWide = wide.some(([first = 0, last = 0]) => code >= first && code <= last);
      if (isWide !== (cellsOfCode(code) === 2)) differ.push(code);
    }
    expect(differ).toEqual([]);
  });

  it('pads by cells, and cuts nothing', () => {
    expect(padCells('卡a', 5)).toBe('卡a  ');
    expect(padCells('卡a', 2)).toBe('卡a');
  });
});

describe.skipIf(!existsSync(EAST_ASIAN_WIDTH))('against East Asian Width of Unicode', () => {
  /** What the file lists: the class of each code point that Unicode has assigned. */
  const classes = new Map<number, string>();
  if (existsSync(EAST_ASIAN_WIDTH)) {
    for (const line of readFileSync(EAST_ASIAN_WIDTH, 'utf8').split('\n')) {
      const [, first = '', last = first, name = ''] = /^([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\w+)/.exec(line) ?? [];
      if (first === '') continue;
      for (let code = parseInt(first, 16); code <= parseInt(last, 16); code++)
        if (!/[\p{Cn}\p{Co}\p{Cs}]/u.test(String.fromCodePoint(code))) classes.set(code, name);
    }
  }
  const isWide = (code: number): boolean => /^[WF]$/.test(classes.get(code) ?? '');
  const inHex = (codes: readonly number[]): string[] => codes.map((code) => code.toString(16));

  it('has one width for each character that has a glyph', () => {
    const glyphs = Array.from({ length: 0x110000 }, (_, code) => code).filter(hasGlyph);
    expect(glyphs.length).toBeGreaterThan(9600);
    expect(inHex(glyphs.filter((code) => isWide(code) !== (cellsOfCode(code) === 2)))).toEqual([]);
  });

  it('has one cell for wide characters of these blocks alone, which are no text of a terminal', () => {
    const blocks = [
      [0x231a, 0x2b55], // Symbols, emoji
      [0x4dc0, 0x4dff], // Hexagrams
      [0xa960, 0xa97c], // Old Korean
      [0xfe10, 0xfe19], // Vertical forms
      [0x16fe0, 0x18d08], // Tangut, Khitan
      [0x1aff0, 0x1b2fb], // Historic kana, Nushu
      [0x1f004, 0x1faff], // Emoji, squared Han
    ];
    const differ = [...classes.keys()].filter((code) => isWide(code) && cellsOfCode(code) === 1);
    const elsewhere = differ.filter((code) => !blocks.some(([first = 0, last = 0]) => code >= first && code <= last));
    expect(inHex(elsewhere)).toEqual([]);
    expect(differ.length).toBeGreaterThan(1000);
  });

  it('has two cells for these that are not wide: circled numbers, whose width is ambiguous', () => {
    const differ = [...classes.keys()].filter((code) => cellsOfCode(code) === 2 && !isWide(code));
    expect(inHex(differ)).toEqual(['3248', '3249', '324a', '324b', '324c', '324d', '324e', '324f']);
  });
});
