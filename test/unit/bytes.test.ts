import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, equal, fromHex, latin1, toHex } from '../../host/bytes.js';

// Each function is compared with Buffer.

const bytes = fc.uint8Array({ maxLength: 100 });

describe('bytes', () => {
  it('are joined in a new array', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (parts) => {
        expect(concat(...parts)).toEqual(new Uint8Array(Buffer.concat(parts)));
      }),
    );
    const only = Uint8Array.of(1);
    expect(concat(only)).not.toBe(only);
  });

  it('are equal if their length and every byte are equal', () => {
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(equal(one, other)).toBe(Buffer.compare(one, other) === 0);
        expect(equal(one, one.slice())).toBe(true);
        expect(equal(one, Uint8Array.of(...one, 0))).toBe(false);
      }),
    );
  });

  it('are written and read in hexadecimal', () => {
    fc.assert(
      fc.property(bytes, (some) => {
        expect(toHex(some)).toBe(Buffer.from(some).toString('hex'));
        expect(fromHex(toHex(some))).toEqual(some);
        expect(fromHex(toHex(some).toUpperCase())).toEqual(some);
      }),
    );
  });

  it.each(['0', '0g', ' 00', '00\n', '0x00'])('are not read from "%s"', (text) => {
    expect(() => fromHex(text)).toThrow(RangeError);
  });

  it('are made from a text as ISO 8859-1', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(latin1(text)).toEqual(new Uint8Array(Buffer.from(text, 'latin1')));
      }),
    );
  });
});
