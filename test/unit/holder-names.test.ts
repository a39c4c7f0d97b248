import { describe, expect, it } from 'vitest';
import { CardCommand, Group, Op, Refusal } from '../../assembly/protocol.js';
import { CardJudge } from '../../host/cards/card-judge.js';
import { normalizedName } from '../../host/holder-name.js';
import { startKeyedTerminal } from '../../host/testing/index.js';
import { Answered, exchange } from '../support/exchange.js';
import { keyedTerminal } from '../support/keyed.js';

const PAN = '4242424242424242';
const judge = new CardJudge();
const emulated = keyedTerminal({ serial: 'OB-NAMES' });
emulated.powerOn();

/** Every letter that a name may have, as the firmware judges it. */
const LETTERS = Array.from({ length: 0x1f00 }, (_, point) => String.fromCodePoint(point)).filter((letter) => {
  const name = `A${letter}A`;
  return /\p{L}/u.test(letter) && normalizedName(name) === name && typeof judge.record({ pan: PAN, name }) !== 'number';
});

/** Whether the terminal takes both names for one holder's: a second bind finds the card bound. */
function areOne(name: string, other: string): boolean {
  exchange(emulated, Op.Write, Group.Card, CardCommand.Unbind, { gen: null, slot: 1 });
  exchange(emulated, Op.Write, Group.Card, CardCommand.Bind, { gen: null, pan: PAN, name });
  try {
    exchange(emulated, Op.Write, Group.Card, CardCommand.Bind, { gen: null, pan: PAN, name: other });
    return true;
  } catch (error) {
    expect((error as Answered).refusal).toBe(Refusal.HolderDiffers);
    return false;
  }
}

describe('a name from the host', () => {
  it.each([
    ['O\u2019Brien', "O'Brien"],
    ['O\u2018Brien', "O'Brien"],
    ['O\u02bcBrien', "O'Brien"],
    ['Ka\u02bbiulani', "Ka'iulani"],
    ['O\uff07Brien', "O'Brien"],
    ['阿\u2022买', '阿·买'],
    ['阿\u2027买', '阿·买'],
    ['阿\u30fb买', '阿·买'],
    ['阿\uff65买', '阿·买'],
    ['阿\u0387买', '阿·买'],
    ['Jose\u0301 Mu\u0308ller', 'José Müller'],
    ['Nguye\u0302\u0303n', 'Nguyễn'],
    ['Nguy\u00ea\u0303n', 'Nguyễn'],
    ['Anne\u2010Marie', 'Anne-Marie'],
    ['Anne\u00a0Marie', 'Anne Marie'],
  ])('%j has one form', (name, form) => {
    expect(normalizedName(name)).toBe(form);
    expect(normalizedName(form)).toBe(form);
    expect(judge.record({ pan: PAN, name })).toEqual(judge.record({ pan: PAN, name: form }));
    expect(judge.record({ pan: PAN, name })).toHaveLength(68);
  });

  it('is sent and proven in that form', async () => {
    const { terminal } = startKeyedTerminal({ serial: 'OB-FORMS' });
    const { slot } = await terminal.bind({ pan: PAN, name: 'Jose\u0301 O\u2019Brien' });
    expect(await terminal.bind({ pan: PAN, name: "José O'Brien" })).toMatchObject({ slot, changed: false });
    const slots = [{ pan: PAN, name: 'Jos\u00e9 O\u02bcBrien' }, ...Array<null>(7).fill(null)];
    expect(await terminal.replace(slots)).toMatchObject({ changed: false });
    await terminal.close();
  });
});

describe('one holder', () => {
  it('may be written in any case', () => {
    expect(areOne('ZHANG SAN', 'Zhang San')).toBe(true);
    expect(areOne('Nguyễn Thị Hồng', 'NGUYỄN THỊ HỒNG')).toBe(true);
    expect(areOne('ÿlle', 'ŸLLE')).toBe(true);
    expect(areOne('ZHANG SAN', 'ZHANG SEN')).toBe(false);
    expect(areOne('ZHANG SAN', 'ZHANGSAN')).toBe(false);
    expect(areOne('José', 'Jose')).toBe(false);
    expect(areOne('张三', '张四')).toBe(false);
    expect(areOne("O'A", 'O/A')).toBe(false);
  });

  it('keeps the case that was bound first, until replace gives another one', () => {
    areOne('ZHANG SAN', 'Zhang San');
    const slots = [{ pan: PAN, name: 'Zhang San' }, ...Array<null>(7).fill(null)];
    const replace = (): unknown => exchange(emulated, Op.Write, Group.Card, CardCommand.Replace, { gen: null, slots });
    expect(replace()).toMatchObject({ changed: true });
    expect(replace()).toMatchObject({ changed: false });
  });

  it('may use the small or the capital form of any letter, but for a few that are rare', () => {
    expect(LETTERS.length).toBeGreaterThan(600);
    const pairs = LETTERS.flatMap((capital) => {
      const small = capital.toLowerCase();
      return small !== capital && LETTERS.includes(small) ? [[capital, small] as const] : [];
    });
    const apart = pairs.filter(([capital, small]) => !areOne(`A${capital}`, `A${small}`)).map(([capital]) => capital);
    expect(pairs.length).toBeGreaterThan(300);
    // Letters of Extended-B that hardly any name has, and the capital of ß.
    expect(apart.join('')).toBe('ƂƄƇƋƎƑƘƧƬƳƵƸƼǄǅǇǈǊǋǱǲǴǶǷȠȻȽɁɃẞ');
    const neighbours = LETTERS.slice(1).map((letter, index) => [LETTERS[index] ?? '', letter] as const);
    const mixed = neighbours.filter(
      ([one, other]) => one.toLowerCase() !== other.toLowerCase() && areOne(`A${one}`, `A${other}`),
    );
    expect(mixed).toEqual([]);
  });
});
