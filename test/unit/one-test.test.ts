import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { matching, nearest, type TestFile, type Title, titlesIn } from '../../tools/one-test/find.js';

const titles = (...texts: string[]): Title[] => texts.map((text) => ({ text, isGroup: false }));
const FILES: TestFile[] = [
  {
    path: 'test/firmware/pan.spec.ts',
    name: 'pan',
    isFirmware: true,
    titles: titles('card number', 'counts 12 to 19 digits'),
  },
  { path: 'test/unit/keys.test.ts', name: 'keys', isFirmware: false, titles: titles('a key', 'counts the journal') },
];

describe('a test that is asked for', () => {
  it('is found by a piece of the name of its file, in capitals or not', () => {
    expect(matching(FILES, 'PAN').map(({ file, titles }) => [file.name, titles])).toEqual([['pan', undefined]]);
    expect(matching(FILES, 'test/unit/keys')).toHaveLength(1);
  });

  it('is found by a piece of a title, if no file has that name', () => {
    expect(matching(FILES, 'Counts').map(({ file, titles }) => [file.name, titles?.map(({ text }) => text)])).toEqual([
      ['pan', ['counts 12 to 19 digits']],
      ['keys', ['counts the journal']],
    ]);
    expect(matching(FILES, 'jornal')).toEqual([]);
  });

  it('is among those that are near, if it was misspelt', () => {
    expect(nearest(FILES, 'jornal', 1)).toEqual(['counts the journal']);
    expect(nearest(FILES, 'key', 2)).toEqual(['a key', 'keys']);
    expect(nearest(FILES, 'xyz', 2)).toEqual([]);
  });

  it('has the titles that are written in its file', () => {
    const source = `
      import { it } from 'vitest';
      describe('a group', () => {
        it('does it', async () => { socket.on('data', (bytes) => use(bytes)); });
        it.each([1, 2])('does %i', (n) => {});
        it.runIf(process.platform === 'linux')('it\\'s quoted', () => {});
        test("a spoken one", async () => {});
        onBoard('on a board', () => {}, BOARD);
      });`;
    const found = titlesIn(source);
    expect(found.filter(({ isGroup }) => isGroup).map(({ text }) => text)).toEqual(['a group', 'on a board']);
    expect(found.map(({ text }) => text)).toEqual([
      'a group',
      'does it',
      'does %i',
      "it's quoted",
      'a spoken one',
      'on a board',
    ]);
  });

  it('is named with others near it on the command line', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', './tools/typescript.mjs', 'tools/one-test/main.ts', 'jornal'],
      {
        encoding: 'utf8',
      },
    );
    expect(status).toBe(2);
    expect(stderr).toContain('No test has "jornal" in the name of its file or in its title. Similar:\n  journal\n');
  });
});
