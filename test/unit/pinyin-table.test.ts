import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasDictionary, nameCharactersText } from '../../tools/pinyin/names.js';
import { pinyinTable, syllables } from '../../tools/pinyin/table.js';
import { charactersText, hasUnihan } from '../../tools/pinyin/unihan.js';

const committed = (name: string): string =>
  readFileSync(new URL(`../../tools/pinyin/${name}`, import.meta.url), 'utf8');
const list = syllables();
const listed = new Set(list.flatMap(({ characters }) => characters));

/** The Han of GB 2312: rows 16 to 87 of 94, without the gaps. Node has the table. */
function gb2312(): string[] {
  const decoder = new TextDecoder('gb2312');
  const codes = Array.from({ length: 72 * 94 }, (_, index) => [0xb0 + Math.floor(index / 94), 0xa1 + (index % 94)]);
  return codes.map((code) => decoder.decode(Uint8Array.from(code))).filter((text) => /^\p{Script=Han}$/u.test(text));
}

describe('the list of characters by syllable', () => {
  it('has 411 syllables, and the characters of GB 2312 among 8,230', () => {
    expect(list).toHaveLength(411);
    expect(new Set(list.map(({ letters }) => letters)).size).toBe(411);
    expect(listed.size).toBe(8230);
    const han = gb2312();
    expect(han).toHaveLength(6763);
    expect(han.filter((character) => !listed.has(character))).toEqual([]);
  });

  it('has no character twice in one syllable', () => {
    const twice = list.filter(({ characters }) => new Set(characters).size < characters.length);
    expect(twice).toEqual([]);
  });

  it('has surnames by their readings, and the common ones in front', () => {
    const place = (letters: string, character: string) =>
      list.find((syllable) => syllable.letters === letters)?.characters.indexOf(character);
    expect(place('wang', '王')).toBe(0);
    expect(place('zhang', '张')).toBe(0);
    expect(place('lv', '吕')).toBe(0);
    for (const [letters, character] of [
      ['zeng', '曾'],
      ['shan', '单'],
      ['qiu', '仇'],
      ['xie', '解'],
      ['zha', '查'],
      ['ou', '区'],
      ['piao', '朴'],
      ['yu', '尉'],
    ] as const) {
      expect(place(letters, character), character).toBeGreaterThanOrEqual(0);
    }
  });

  it('takes at most 22 KB of the ROM', () => {
    expect(pinyinTable().rom.length).toBeLessThanOrEqual(22_000);
  });

  // CI installs the package.
  it.skipIf(!hasUnihan() && process.env.OCTOBIND_BOARD !== '1')('is what Unihan makes of it', () => {
    expect(charactersText()).toBe(committed('characters.txt'));
  });

  it.skipIf(!hasDictionary())('is in the order of names of a dictionary', () => {
    expect(nameCharactersText()).toBe(committed('name-characters.txt'));
  });
});
