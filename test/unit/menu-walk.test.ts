import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { Key } from '../../assembly/protocol.js';
import { cellsOf } from '../../host/screen/cells.js';
import { Person } from '../support/person.js';

interface Pair {
  readonly zh: string;
  readonly en: string;
}
const { pages } = parse(readFileSync('assembly/menu/pages.yaml', 'utf8')) as { pages: Record<string, Pair> };

/** How to get to each page from the main screen, once the administrator's password is given. */
const WAYS: Readonly<Record<string, (person: Person) => void>> = {
  Main: () => undefined,
  Settings: (person) => person.press('Menu'),
  Cards: (person) => person.toCards(),
  Information: (person) => person.press('Menu').type('2'),
  Language: (person) => inSettings(person).type('4'),
  Contrast: (person) => inSettings(person).type('5'),
  Code: (person) => person.press('Menu').type('3'),
  SelfTest: (person) => inSettings(person).type('6').press('Enter'),
  Slots: (person) => person.toCards().type('1'),
  AddNumber: (person) => person.toCards().type('2').type('622202'),
  Remove: (person) => person.toCards().type('3'),
  Check: (person) => person.toCards().type('4').press('Enter'),
  Slot: (person) => person.toCards().type('1').type('2'),
  AddName: (person) => person.toCards().type('2').type('6200000000000005').press('Enter').type('943'),
  AddRole: (person) => toRole(person),
  AddSummary: (person) => toRole(person).type('1'),
  RemoveAsk: (person) => person.toCards().type('3').type('1'),
  RemoveSure: (person) => person.toCards().type('3').type('1').press('Enter'),
  Password: (person) => person.press('Menu').type('1').type('123'),
  Message: (person) => person.press('Menu').type('1').type('1').press('Enter'),
};

function inSettings(person: Person): Person {
  return person.toCards().press('Cancel');
}

function toRole(person: Person): Person {
  const name = person.toCards().type('2').type('6200000000000005').press('Enter');
  return name.type('943').press('Enter').type('943').press('Enter', 'Enter');
}

async function personWith(columns: number, rows: number, language: 'zh' | 'en'): Promise<Person> {
  const person = await new Person(columns, rows).inService();
  await person.host.bind({ pan: '4242424242424242', name: 'MAXIMILIAN ALEXANDER SMITH', slot: 1 });
  await person.host.bind({ pan: '6205500000000000004', name: '买买提·阿依古丽', slot: 2 });
  await person.host.bind({ pan: '6221261111117766', name: '陈静', slot: 7 });
  if (language === 'en') inSettings(person).type('4').type('2').press('Cancel', 'Cancel');
  return person;
}

describe.each([
  [16, 4],
  [20, 8],
  [40, 15],
])('on a screen of %i × %i cells', (columns, rows) => {
  describe.each(['zh', 'en'] as const)('in %s', (language) => {
    it.each(Object.keys(pages))('%s shows all its text, and Cancel leads home', async (name) => {
      const person = await personWith(columns, rows, language);
      WAYS[name]?.(person);
      if (name === 'Code') {
        expect(person.screen.state.qr).toBe('OB-MENU');
        person.press('Cancel');
      } else expect(person.title).toBe(pages[name]?.[language]);
      expect(person.screen.refused).toEqual([]);
      for (const row of person.whole()) expect(cellsOf(row)).toBeLessThanOrEqual(columns);
      expect(person.whole().join('')).not.toContain('\u0000');
      expect(person.screen.refused).toEqual([]);
      let presses = 0;
      while (person.title !== pages['Main']?.[language]) {
        person.press('Cancel');
        presses++;
        expect(presses).toBeLessThanOrEqual(8);
      }
    });
  });
});

it('no page is without a way', () => {
  expect(Object.keys(WAYS).sort()).toEqual(Object.keys(pages).sort());
});

it.each(['Clear', 'Alpha', 'Menu', 'Up', 'Down', 'ClearAll', 'Digit0', 'Digit9'] as (keyof typeof Key)[])(
  'the key %s harms nothing on any page',
  async (key) => {
    for (const [name, go] of Object.entries(WAYS)) {
      const person = await personWith(16, 4, 'zh');
      go(person);
      person.press(key, key);
      expect([name, person.screen.refused]).toEqual([name, []]);
      expect([name, (await person.host.list()).slots.filter(Boolean).length]).toEqual([name, 3]);
    }
  },
);
