import { beforeAll, describe, expect, it } from 'vitest';
import { Key } from '../../assembly/protocol.js';
import { keysOfNames } from '../../bench/menu.js';
import { NameKeypad } from '../../bench/name-keypad.js';
import { syllables } from '../../tools/pinyin/table.js';

/** As many as the smallest screen shows in a row. */
const CANDIDATES = 5;
/** Of any character of the list. */
const MOST_KEYS = 18;

let keypad: NameKeypad;
beforeAll(async () => {
  keypad = await NameKeypad.load(CANDIDATES);
});

describe('names by keypad', () => {
  it('have every character of the list, each within 18 keys', () => {
    const keys = new Map<string, number>();
    for (const { letters, characters } of syllables()) {
      characters.forEach((character, place) => {
        keypad.wipe();
        const turn = place < characters.length / 2 ? Key.Down : Key.Up;
        const count = keypad.type(character, letters, turn);
        expect(keypad.name).toBe(character);
        keys.set(character, Math.min(count, keys.get(character) ?? Infinity));
      });
    }
    expect(keys.size).toBe(8230);
    expect([...keys].filter(([, count]) => count > MOST_KEYS)).toEqual([]);
  });

  it('need as few keys as docs/MENU.md says', () => {
    for (const { name, value, atMost } of keysOfNames(keypad)) expect(value, name).toBeLessThanOrEqual(atMost ?? 0);
  });

  it('read the ROM a few times for each key', () => {
    const reads = [9, 4, 2, 6, 4, Key.Down, Key.Down, 1].map((key) => {
      const before = keypad.romReads;
      keypad.press(key);
      return keypad.romReads - before;
    });
    expect(Math.max(...reads)).toBe(3);
  });

  it('leave nothing in memory when they are wiped, nor what was shown', () => {
    keypad.wipe();
    const clean = Uint8Array.from(keypad.memory);
    keypad.type('张', 'zhang');
    keypad.type('璋', 'zhang');
    keypad.type('𦝼', 'lv', Key.Up);
    for (const key of [Key.Down, 2, Key.Alpha, Key.Down, 5, 3, 4, 1]) keypad.press(key);
    const hasName = (): boolean => Buffer.from(keypad.memory).includes('张璋𦝼B');
    expect(hasName()).toBe(true);
    keypad.press(Key.Enter);
    for (const key of [Key.Down, 5, 4, Key.Down]) keypad.press(key);
    expect(keypad.candidates).toHaveLength(CANDIDATES);
    keypad.wipe();
    expect(hasName()).toBe(false);
    const changed = Array.from(keypad.memory.keys()).filter((at) => keypad.memory[at] !== clean[at]);
    expect(changed).toEqual([]);
  });
});
