import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PUBLISHED_TEST_NUMBERS } from '../../host/fleet/test-numbers.js';
import { holdsNumber, redact } from '../../host/redact.js';

const WITHHELD = '(number withheld)';
const [...NUMBERS] = PUBLISHED_TEST_NUMBERS;
/** Zeros: ASCII, Arabic, Devanagari, Thai, full width, two mathematical ones, Adlam. */
const ZEROS = [0x30, 0x660, 0x966, 0xe50, 0xff10, 0x1d7ce, 0x1d7f6, 0x1e950];
const SEPARATORS = [
  ...Array.from(' \t\n.,/_:-–—−·•|\u00a0\u00ad\u200b\u200d\u2060\ufeff\u3000\uff0d'),
  ', ',
  ' - ',
  '',
];

const number = fc.constantFrom(...NUMBERS);
const zero = fc.constantFrom(...ZEROS);
const separator = fc.constantFrom(...SEPARATORS);

const passes = (digits: string): boolean =>
  Array.from(digits)
    .reverse()
    .reduce((sum, char, at) => {
      const value = Number(char) * (at % 2 === 0 ? 1 : 2);
      return sum + (value > 9 ? value - 9 : value);
    }, 0) %
    10 ===
  0;

describe('a card number in a text', () => {
  it('is withheld in any script, with any separators', () => {
    fc.assert(
      fc.property(number, zero, fc.infiniteStream(separator), (pan, zero, separators) => {
        const written = Array.from(pan, (digit) => String.fromCodePoint(zero + Number(digit)));
        const text = written.reduce((left, right) => left + String(separators.next().value ?? '') + right);
        expect(redact(`bad ${text}.`)).toBe(`bad ${WITHHELD}.`);
        expect(holdsNumber(text)).toBe(true);
      }),
    );
  });

  it('is withheld beside other digits', () => {
    fc.assert(
      fc.property(number, fc.nat(99), fc.nat(99), (pan, before, after) => {
        const text = redact(`${before}: ${pan} ${after}`);
        expect(text).toContain(WITHHELD);
        expect(text).not.toContain(pan);
      }),
    );
    expect(redact('line 12: 4539 5787 6362 1486 3/27')).toMatch(/^line .*\(number withheld\)/);
  });

  it('is withheld inside a group of more digits than a number has', () => {
    fc.assert(
      fc.property(number, fc.stringMatching(/^[0-9]{8,20}$/), fc.nat(8), (pan, around, at) => {
        const text = redact(around.slice(0, at) + pan + around.slice(at));
        expect(text).toContain(WITHHELD);
        expect(text).not.toContain(pan);
        // Digits that are left are no number of their own.
        expect(redact(text)).toBe(text);
      }),
    );
  });
});

describe('other digits', () => {
  it('are shown if no check digit holds', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{12,19}$/), (digits) => {
        fc.pre(!passes(digits) && !digits.startsWith('62'));
        expect(redact(`at ${digits}.`)).toBe(`at ${digits}.`);
        expect(holdsNumber(digits)).toBe(false);
      }),
    );
  });

  it.each([
    'at 115200 baud, slot 3 of 12345678901',
    'runs-20261127-101530/till-1.flash',
    '20261127101530',
    'tcp://192.168.100.200:7103',
    'version 10.3.2, 4242a4242b4242c4242',
  ])('are shown: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('have the value that Unicode gives them', () => {
    for (let point = 0; point < 0x11_0000; point++) {
      const char = String.fromCodePoint(point);
      const ascii = char.normalize('NFKC');
      if (!/^\p{Nd}$/u.test(char) || !/^\d$/.test(ascii)) continue;
      // 424242424242424 and 2 is a number; no other last digit makes one.
      expect(holdsNumber(`424242424242424${char}`), char).toBe(ascii === '2');
    }
  });
});
