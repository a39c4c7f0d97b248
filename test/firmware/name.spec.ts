import { maskName, NAME_WIDE, readName } from '../../assembly/card/name';
import { Refusal } from '../../assembly/protocol';
import { get, hex, put, SCRATCH, unhex } from './text';

const OUT: usize = SCRATCH + 1024;
const MASKED: usize = SCRATCH + 2048;

/** Length in bytes of the last name that was read, and whether it is in UTF-16. */
let nameBytes: i32 = 0;
let nameWide: bool = false;

function verdict(text: string): i32 {
  const read = readName(SCRATCH, put(text, SCRATCH), OUT);
  if (read < 0) return -read;
  nameBytes = read & ~NAME_WIDE;
  nameWide = (read & NAME_WIDE) != 0;
  return Refusal.None;
}

function masked(text: string): string {
  if (verdict(text) != Refusal.None) return 'refused';
  return get(MASKED, maskName(OUT, nameBytes, nameWide, MASKED));
}

describe('holder name', () => {
  it('accepts Latin and Han names', () => {
    expect(verdict('ZHANG SAN')).toBe(Refusal.None);
    expect(verdict("O'BRIEN/MARY-ANN J.")).toBe(Refusal.None);
    expect(verdict('José Müller')).toBe(Refusal.None);
    expect(verdict('李四')).toBe(Refusal.None);
    expect(verdict('阿依古丽·买买提')).toBe(Refusal.None);
    expect(verdict('𠮷田')).toBe(Refusal.None);
    expect(verdict('张〇')).toBe(Refusal.None);
    expect(verdict('Nguyễn Thị Hồng')).toBe(Refusal.None);
    expect(verdict('\u1e00\u1eff')).toBe(Refusal.None, 'both ends of Latin Extended Additional');
    expect(verdict('\u00c0\u024f')).toBe(Refusal.None, 'both ends of the letters up to Extended-B');
    expect(verdict('A\u00bf')).toBe(Refusal.NameCharacter);
    expect(verdict('A\u0250')).toBe(Refusal.NameCharacter);
    expect(verdict('A\u00d7')).toBe(Refusal.NameCharacter, 'a multiplication sign');
    expect(verdict('A\u00f7')).toBe(Refusal.NameCharacter, 'a division sign');
    expect(verdict('A\u1dff')).toBe(Refusal.NameCharacter);
    expect(verdict('A\u1f00')).toBe(Refusal.NameCharacter);
  });

  it('accepts 2 to 26 code points', () => {
    expect(verdict('')).toBe(Refusal.NameLength);
    expect(verdict('A')).toBe(Refusal.NameLength);
    expect(verdict('𠮷')).toBe(Refusal.NameLength);
    expect(verdict('A'.repeat(26))).toBe(Refusal.None);
    expect(verdict('A'.repeat(27))).toBe(Refusal.NameLength);
    expect(verdict('张'.repeat(26))).toBe(Refusal.None);
    expect(nameBytes).toBe(52);
    expect(verdict('张'.repeat(27))).toBe(Refusal.NameLength);
  });

  it('refuses a name of more than 52 bytes, and never cuts one', () => {
    expect(verdict('𠮷'.repeat(13))).toBe(Refusal.None);
    expect(nameBytes).toBe(52);
    expect(verdict('𠮷'.repeat(14))).toBe(Refusal.NameBytes);
    expect(verdict('𠮷'.repeat(12) + '张张')).toBe(Refusal.None);
    expect(verdict('𠮷'.repeat(13) + '张')).toBe(Refusal.NameBytes);
  });

  it('refuses digits, card numbers, control characters and separators, each with its own reason', () => {
    expect(verdict('12345')).toBe(Refusal.NameDigits);
    expect(verdict('12 34-5')).toBe(Refusal.NameDigits);
    expect(verdict('123')).toBe(Refusal.NameDigits);
    expect(verdict('4242 4242 4242 4242')).toBe(Refusal.NamePan);
    expect(verdict('SAN 4242424242424242')).toBe(Refusal.NamePan);
    expect(verdict('ZHANG 3')).toBe(Refusal.NameCharacter);
    expect(verdict('ZHANG\tSAN')).toBe(Refusal.NameControl);
    expect(verdict('ZHANG\u0000')).toBe(Refusal.NameControl);
    expect(verdict('ZHANG\u0085SAN')).toBe(Refusal.NameControl);
    expect(verdict('ZHANG^SAN')).toBe(Refusal.NameSeparator);
    expect(verdict('%ZHANG')).toBe(Refusal.NameSeparator);
    expect(verdict('ZHANG?')).toBe(Refusal.NameSeparator);
    expect(verdict('ZHANG;SAN')).toBe(Refusal.NameSeparator);
    expect(verdict('ZHANG=SAN')).toBe(Refusal.NameSeparator);
    expect(verdict('ZHANG_SAN')).toBe(Refusal.NameCharacter);
    expect(verdict('ЧЖАН')).toBe(Refusal.NameCharacter);
    expect(verdict('张 三')).toBe(Refusal.NameCharacter);
    expect(verdict('--')).toBe(Refusal.NameCharacter);
    expect(verdict('A×B')).toBe(Refusal.NameCharacter);
    expect(verdict('A\u0301B')).toBe(Refusal.NameCharacter, 'a decomposed letter: the host composes it');
    expect(verdict('张SAN')).toBe(Refusal.NameScripts);
  });

  it('refuses noncharacters, and what lies between the blocks of ideographs', () => {
    const bad = [
      '\ufffe',
      '\uffff',
      '\ufdd0',
      '\u{2fffe}',
      '\u{2ffff}',
      '\u{3ffff}',
      '\u{2a6e0}',
      '\u{2ee60}',
      '\u{2fa20}',
    ];
    for (let i = 0; i < bad.length; i++) expect(verdict('张' + bad[i])).toBe(Refusal.NameCharacter, bad[i]);
    const good = ['\u{2a6df}', '\u{2a700}', '\u{2ee5f}', '\u{2f800}', '\u{2fa1f}', '\u{30000}', '\u{3347f}'];
    for (let i = 0; i < good.length; i++) expect(verdict('张' + good[i])).toBe(Refusal.None, good[i]);
    expect(verdict('张\u{33480}')).toBe(Refusal.NameCharacter);
  });

  it('refuses a middle dot at an end, doubled or without Han, and a space at an end', () => {
    expect(verdict('·买买提')).toBe(Refusal.NameEdge);
    expect(verdict('买买提·')).toBe(Refusal.NameEdge);
    expect(verdict('阿··买')).toBe(Refusal.NameEdge);
    expect(verdict('A·B')).toBe(Refusal.NameEdge);
    expect(verdict(' SAN')).toBe(Refusal.NameEdge);
    expect(verdict('SAN ')).toBe(Refusal.NameEdge);
  });

  it('stores U+2022 as U+00B7', () => {
    expect(verdict('阿•买')).toBe(Refusal.None);
    const bullet = hex(OUT, nameBytes);
    expect(verdict('阿·买')).toBe(Refusal.None);
    expect(hex(OUT, nameBytes)).toBe(bullet);
    expect(bullet).toBe('3f96b700704e');
  });

  it('refuses bytes that are not UTF-8', () => {
    // A continuation byte alone, cut sequences, overlong forms, a surrogate, a code point above
    // U+10FFFF, and a byte that UTF-8 never uses.
    const bad = ['80', '41c3', 'e4bc', 'c1a1', 'e08080', 'f0808080', 'eda080', 'f4908080', 'ff41'];
    for (let i = 0; i < bad.length; i++) {
      expect(readName(SCRATCH, unhex(bad[i], SCRATCH), OUT)).toBe(-Refusal.NameCharacter, bad[i]);
    }
  });

  it('masks all but the first character of each word', () => {
    expect(masked('ZHANG SAN')).toBe('Z**** S**');
    expect(masked("O'BRIEN/PAT")).toBe('O******/P**');
    expect(masked('张三丰')).toBe('张**');
    expect(masked('𠮷田')).toBe('𠮷*');
    expect(masked('阿依·买买提')).toBe('阿*·买**');
    expect(masked('Ünal')).toBe('Ü***');
  });

  it('masks a word of one character as a whole', () => {
    expect(masked('A B')).toBe('* *');
    expect(masked('O/Li A')).toBe('*/L* *');
    expect(masked('Ü Li')).toBe('* L*');
    expect(masked('𠮷·田')).toBe('*·*');
    expect(masked('J. Li')).toBe('J* L*');
  });
});
