import {
  candidatesOnPage,
  hasMorePages,
  NameKey,
  NameMethod,
  nameMethod,
  pressName,
  putCandidate,
  putComposition,
  putName,
  startName,
  wipeName,
} from '../../assembly/menu/name-entry';
import { Key } from '../../assembly/protocol';
import { get, SCRATCH } from './text';

/** Digits, and A for Alpha, E Enter, D Down, U Up, C Clear. Returns what the last one did. */
function press(keys: string): NameKey {
  let did = NameKey.Refused;
  for (let i = 0; i < keys.length; i++) did = pressName(keyOf(keys.charAt(i)));
  return did;
}

function keyOf(key: string): i32 {
  if (key == 'A') return Key.Alpha;
  if (key == 'E') return Key.Enter;
  if (key == 'D') return Key.Down;
  if (key == 'U') return Key.Up;
  if (key == 'C') return Key.Clear;
  return key.charCodeAt(0) - 0x30;
}

function name(): string {
  return get(SCRATCH, putName(SCRATCH));
}

function composition(cells: i32 = 16): string {
  return get(SCRATCH, putComposition(SCRATCH, cells));
}

function candidates(): string {
  let text = '';
  for (let i = 0; i < candidatesOnPage(); i++) text += get(SCRATCH, putCandidate(i, SCRATCH));
  return text;
}

/** Begins a name, presses keys, and returns the name. */
function typed(keys: string): string {
  startName(5);
  press(keys);
  return name();
}

/** To Latin, and to code points. */
const LATIN = 'D';
const CODE = 'DD';

describe('a name in pinyin', () => {
  it('takes the first character of a syllable by Enter, and others by a digit', () => {
    expect(typed('94264E54E')).toBe('张李');
    expect(typed('94264D2')).toBe('长');
    expect(typed('94264DE')).toBe('张');
    expect(press('E')).toBe(NameKey.Done);
  });

  it('shows syllables that fit: whole ones first, what is typed in capitals', () => {
    startName(5);
    expect(composition()).toBe('');
    expect(press('9')).toBe(NameKey.Taken);
    expect(composition()).toBe('Wang Yu Zhang Wu');
    expect(composition(15)).toBe('Wang Yu Zhang');
    expect(composition(13)).toBe('Wang Yu Zhang');
    expect(composition(12)).toBe('Wang Yu');
    expect(composition(6)).toBe('Wang');
    expect(composition(3)).toBe('');
    press('4');
    expect(composition(30)).toBe('YI ZI XI ZHang ZHi XIang');
    press('A');
    expect(composition()).toBe('ZI XI ZHang ZHi');
    press('A');
    expect(composition()).toBe('XI ZHang ZHi');
    press('AAA');
    expect(composition()).toBe('XIang YI ZI XI');
    press('A');
    expect(composition(2)).toBe('YI', 'it goes round');
    press('A26');
    expect(composition()).toBe('XIAO ZHAO XIAN', 'the next digit begins at the first again');
  });

  it('shows the first characters of the syllable, and digits when they choose', () => {
    startName(5);
    expect(candidates()).toBe('');
    expect(hasMorePages()).toBe(false);
    press('94264');
    expect(candidates()).toBe('张长章掌璋');
    expect(hasMorePages()).toBe(true);
    press('D');
    expect(candidates()).toBe('1张2长3章4掌5璋');
    press('D');
    expect(candidates()).toBe('1彰2丈3涨4仗5杖');
    press('UU');
    expect(candidates()).toBe('1瘴2蟑3鄣4嫜5暲');
    press('D');
    expect(candidates()).toBe('1张2长3章4掌5璋', 'from the last page to the first');
    startName(9);
    press('94264D');
    expect(candidates()).toBe('1张2长3章4掌5璋6彰7丈8涨9仗');
    press('9');
    expect(name()).toBe('仗');
  });

  it('goes to the last page by Up', () => {
    expect(typed('94264U5')).toBe('暲');
    // Of 25 characters, four are on the last page; and one of them is beyond 16 bits.
    startName(7);
    press('58AU');
    expect(composition(2)).toBe('LV');
    expect(candidates()).toBe('1梠2稆3葎4𦝼');
    expect(press('5')).toBe(NameKey.Refused);
    expect(press('0')).toBe(NameKey.Refused);
    expect(press('4')).toBe(NameKey.Taken);
    expect(name()).toBe('𦝼');
  });

  it('has one page for a syllable of few characters', () => {
    startName(5);
    press('36');
    expect(composition(2)).toBe('EN');
    expect(hasMorePages()).toBe(false);
    press('D');
    const first = candidates();
    press('D');
    expect(candidates()).toBe(first);
    press('U');
    expect(candidates()).toBe(first);
  });

  it('changes the syllable while its characters are shown', () => {
    startName(5);
    press('94DDA');
    expect(composition(2)).toBe('ZI');
    expect(candidates().substr(0, 2)).toBe('1子', 'from the first page');
    startName(5);
    press('948264D');
    expect(candidates().charAt(1)).toBe('庄');
    press('D');
    const second = candidates();
    expect(press('A')).toBe(NameKey.Refused, 'there is one syllable');
    expect(candidates()).toBe(second);
  });

  it('refuses digits that no syllable goes on with, and stays as it was', () => {
    startName(5);
    press('9426');
    expect(press('9')).toBe(NameKey.Refused);
    expect(press('1')).toBe(NameKey.Refused);
    expect(press('0')).toBe(NameKey.Refused);
    expect(composition()).toBe('XIAO ZHAO XIAN');
    expect(press('4E')).toBe(NameKey.Taken);
    expect(name()).toBe('张');
    startName(5);
    expect(press('942644')).toBe(NameKey.Refused);
    expect(press('E')).toBe(NameKey.Taken);
    expect(name()).toBe('张');
    startName(5);
    expect(press('948264')).toBe(NameKey.Taken, 'zhuang has six letters');
    expect(press('4')).toBe(NameKey.Refused);
    expect(press('E')).toBe(NameKey.Taken);
    expect(name()).toBe('庄');
  });

  it('types ü on the key of v', () => {
    startName(5);
    press('58');
    expect(composition(11)).toBe('LU LV JU KU');
    press('AE');
    expect(name()).toBe('吕');
  });

  it('has a middle dot on 0 and 1 between characters', () => {
    expect(typed('2E054E')).toBe('阿·李');
    expect(typed('2E154E')).toBe('阿·李');
  });

  it('takes back page, digits and characters one by one', () => {
    startName(5);
    expect(press('C')).toBe(NameKey.Refused);
    press('54E94264D');
    expect(press('C')).toBe(NameKey.Taken);
    expect(candidates()).toBe('张长章掌璋');
    press('C');
    expect(composition(4)).toBe('XIAO');
    press('CCC');
    expect(composition(4)).toBe('Wang');
    press('C');
    expect(composition()).toBe('');
    expect(candidates()).toBe('');
    expect(name()).toBe('李');
    expect(press('C')).toBe(NameKey.Taken);
    expect(name()).toBe('');
    expect(press('C')).toBe(NameKey.Refused);
  });

  it('knows no other keys', () => {
    startName(5);
    expect(pressName(Key.Cancel)).toBe(NameKey.Refused);
    expect(pressName(Key.Menu)).toBe(NameKey.Refused);
    expect(pressName(Key.Alpha)).toBe(NameKey.Refused);
    press('94');
    expect(pressName(Key.Menu)).toBe(NameKey.Refused);
    press('D');
    expect(pressName(Key.Menu)).toBe(NameKey.Refused);
    expect(pressName(-1)).toBe(NameKey.Refused);
    expect(pressName(17)).toBe(NameKey.Refused);
    expect(candidates().charAt(0)).toBe('1');
  });
});

describe('a name in Latin', () => {
  it('has the first letter by the digit, the next ones by Alpha', () => {
    expect(typed(LATIN + '2')).toBe('A');
    expect(typed(LATIN + '2A')).toBe('B');
    expect(typed(LATIN + '2AA')).toBe('C');
    expect(typed(LATIN + '2AAA')).toBe('a');
    expect(typed(LATIN + '2AAAAA')).toBe('c');
    expect(typed(LATIN + '2AAAAAA')).toBe('A');
    expect(typed(LATIN + '22A2AA')).toBe('ABC');
  });

  it('has every letter', () => {
    expect(typed(LATIN + '234567')).toBe('ADGJMP');
    expect(typed(LATIN + '89')).toBe('TW');
    expect(typed(LATIN + '7AAA')).toBe('S');
    expect(typed(LATIN + '7AAAA')).toBe('p');
    expect(typed(LATIN + '7AAAAAAA')).toBe('s');
    expect(typed(LATIN + '7AAAAAAAA')).toBe('P');
    expect(typed(LATIN + '8AA')).toBe('V');
    expect(typed(LATIN + '8AAA')).toBe('t');
    expect(typed(LATIN + '9AAA')).toBe('Z');
    expect(typed(LATIN + '9AAAAAAA')).toBe('z');
  });

  it('has a space on 0, and the marks of names on 1', () => {
    expect(typed(LATIN + '202')).toBe('A A');
    expect(press('0A')).toBe(NameKey.Refused, 'a space has no letters');
    expect(name()).toBe('A A ');
    expect(typed(LATIN + '1')).toBe('-');
    expect(typed(LATIN + '1A')).toBe("'");
    expect(typed(LATIN + '1AA')).toBe('.');
    expect(typed(LATIN + '1AAA')).toBe('/');
    expect(typed(LATIN + '1AAAA')).toBe('·');
    expect(typed(LATIN + '1AAAAA')).toBe('-');
  });

  it('takes one back, and Alpha changes nothing that was typed before', () => {
    expect(typed(LATIN + '23C')).toBe('A');
    expect(press('A')).toBe(NameKey.Refused);
    expect(name()).toBe('A');
    expect(typed(LATIN + 'A')).toBe('');
    expect(typed(LATIN + '2DUA')).toBe('A', 'nor after another method');
  });

  it('is done by Enter', () => {
    startName(5);
    expect(press(LATIN + '22E')).toBe(NameKey.Done);
    expect(name()).toBe('AA');
    expect(candidates()).toBe('');
    expect(composition()).toBe('');
  });
});

describe('a name by code points', () => {
  it('takes four or five digits, of which Alpha makes letters', () => {
    expect(typed(CODE + '53413E')).toBe('', 'U+53413 is no character of names');
    expect(typed(CODE + '5341E')).toBe('十');
    expect(typed(CODE + '43AA00E')).toBe('一');
    expect(typed(CODE + '20000E')).toBe('𠀀');
    expect(typed(CODE + '3007E')).toBe('〇');
    expect(typed(CODE + '00E')).toBe('', 'too few');
    expect(typed(CODE + '003AA9E')).toBe('é');
  });

  it('shows the digits', () => {
    startName(5);
    press(CODE + '2A2AA2AAA2AAAA3A');
    expect(composition()).toBe('ABC2D');
    expect(press('1')).toBe(NameKey.Refused, 'a sixth');
    press('C3AA');
    expect(composition()).toBe('ABC2E');
    press('C3AAA');
    expect(composition()).toBe('ABC2F');
    press('A');
    expect(composition()).toBe('ABC23');
    press('CCC2AA');
    expect(composition()).toBe('ABB');
    press('A');
    expect(composition()).toBe('ABC');
    press('A');
    expect(composition()).toBe('AB2');
    press('4');
    expect(press('A')).toBe(NameKey.Refused, '4 has no letters of hexadecimal');
    expect(press('C1A')).toBe(NameKey.Refused);
    expect(press('C0A')).toBe(NameKey.Refused);
    expect(candidates()).toBe('');
  });

  it('refuses what is in no name, and leaves it to be corrected', () => {
    const bad = [
      '0030',
      '0020',
      '002A3AAAA',
      '2022',
      '3A800',
      '3A3AAA3AAA3AAA',
      '33480',
      '4DC0',
      '00000',
      '00410',
      '0002',
      '3A83AAA3AAA',
    ];
    for (let i = 0; i < bad.length; i++) {
      startName(5);
      press(CODE + bad[i]);
      const before = composition();
      expect(press('E')).toBe(NameKey.Refused, bad[i]);
      expect(name()).toBe('', bad[i]);
      expect(composition()).toBe(before, bad[i]);
    }
  });

  it('takes back digits, then characters', () => {
    startName(5);
    press(CODE + '5341E53');
    press('C');
    expect(composition()).toBe('5');
    press('C');
    expect(composition()).toBe('');
    expect(name()).toBe('十');
    press('C');
    expect(name()).toBe('');
  });
});

describe('the methods of a name', () => {
  it('follow each other by Down and Up, when nothing is being composed', () => {
    startName(5);
    expect(nameMethod()).toBe(NameMethod.Pinyin);
    press('D');
    expect(nameMethod()).toBe(NameMethod.Latin);
    press('D');
    expect(nameMethod()).toBe(NameMethod.Code);
    press('D');
    expect(nameMethod()).toBe(NameMethod.Pinyin);
    press('U');
    expect(nameMethod()).toBe(NameMethod.Code);
    expect(press('5D')).toBe(NameKey.Refused);
    expect(press('U')).toBe(NameKey.Refused);
    press('C');
    press('U');
    expect(nameMethod()).toBe(NameMethod.Latin);
    startName(5);
    expect(nameMethod()).toBe(NameMethod.Pinyin);
  });

  it('write one name', () => {
    expect(typed('54ED2D5341E')).toBe('李A十');
    expect(typed('54EDD5341ED94264E')).toBe('李十张');
  });
});

describe('the limit of a name', () => {
  it('is 26 characters', () => {
    startName(5);
    for (let i = 0; i < 26; i++) expect(press('54E')).toBe(NameKey.Taken);
    expect(press('54E')).toBe(NameKey.Refused);
    expect(name()).toBe('李'.repeat(26));
    expect(composition()).not.toBe('', 'it can be cleared');
    press('CCC');
    expect(name()).toBe('李'.repeat(25));
    press('D2');
    expect(press('A')).toBe(NameKey.Taken, 'the last letter can still change');
    expect(name()).toBe('李'.repeat(25) + 'B');
    expect(press('2')).toBe(NameKey.Refused);
    press('A');
    expect(name()).toBe('李'.repeat(25) + 'C');
  });

  it('counts a character beyond 16 bits twice', () => {
    startName(5);
    press(CODE);
    for (let i = 0; i < 13; i++) expect(press('20000E')).toBe(NameKey.Taken);
    expect(press('5341E')).toBe(NameKey.Refused);
    press('CCCC');
    press('C');
    expect(press('5341E5341E')).toBe(NameKey.Taken);
    expect(press('5341E')).toBe(NameKey.Refused);
    press('CCCC');
    press('C');
    expect(press('20000E')).toBe(NameKey.Refused, 'there is room for one');
  });
});

describe('wiping a name', () => {
  it('forgets all but the method', () => {
    startName(5);
    press('54E94D');
    wipeName();
    expect(name()).toBe('');
    expect(composition()).toBe('');
    expect(candidates()).toBe('');
    press('D2');
    wipeName();
    expect(name()).toBe('');
    expect(nameMethod()).toBe(NameMethod.Latin);
    expect(press('A')).toBe(NameKey.Refused);
  });
});
