// What it takes to type names on the terminal's keypad.
import { syllables } from '../tools/pinyin/table.js';
import { commonNames } from './common-names.js';
import { type Figure, mean } from './measure.js';
import { NameKeypad } from './name-keypad.js';

const NAMES = 5000;
const SEED = 2026;
/** As many as the smallest screen shows in a row. */
const CANDIDATES = 5;

export async function menu(): Promise<Figure[]> {
  return keysOfNames(await NameKeypad.load(CANDIDATES));
}

/** The keys that each character of many names takes. */
export function keysOfNames(keypad: NameKeypad): Figure[] {
  const readings = readingsOf();
  const keys = commonNames(NAMES, SEED).flatMap((name) => {
    keypad.wipe();
    const counts = Array.from(name, (character) => keypad.type(character, readings.get(character) ?? ''));
    if (keypad.name !== name) throw new Error(`${keypad.name} was typed for ${name}`);
    return counts;
  });
  const p95 = keys.toSorted((a, b) => a - b)[Math.floor(keys.length * 0.95)] ?? Infinity;
  return [
    { name: 'menu.han.keys.mean', value: mean(keys), unit: 'keys', atMost: 6 },
    { name: 'menu.han.keys.p95', value: p95, unit: 'keys', atMost: 9 },
  ];
}

/** How each character is read in names: the syllable in which it is nearest to the front. */
function readingsOf(): Map<string, string> {
  const best = new Map<string, { letters: string; place: number }>();
  for (const { letters, characters } of syllables()) {
    characters.forEach((character, place) => {
      if (place < (best.get(character)?.place ?? Infinity)) best.set(character, { letters, place });
    });
  }
  return new Map([...best].map(([character, { letters }]) => [character, letters]));
}
