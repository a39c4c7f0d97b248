import { decodeUtf8, encodeUtf8, isUtf8, UTF8_BAD } from '../../assembly/text/utf8';
import { SCRATCH, unhex } from './text';

function decoded(text: string): i32 {
  const len = unhex(text, SCRATCH);
  return decodeUtf8(SCRATCH, SCRATCH + len);
}

describe('UTF-8', () => {
  it('decodes what it encodes, at both ends of every length', () => {
    const points = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xfff, 0x1000, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x3_ffff, 0x10_ffff];
    const lengths = [1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4];
    for (let i = 0; i < points.length; i++) {
      const len = encodeUtf8(points[i], SCRATCH);
      expect(len).toBe(lengths[i]);
      expect(decodeUtf8(SCRATCH, SCRATCH + len)).toBe(points[i]);
      expect(isUtf8(SCRATCH, len)).toBe(true);
      // Cut off by a byte, though the byte itself is there.
      if (len > 1) expect(decodeUtf8(SCRATCH, SCRATCH + len - 1)).toBe(UTF8_BAD);
    }
  });

  it('refuses overlong forms, surrogates, and what is above U+10FFFF (RFC 3629)', () => {
    const wrong = [
      '80',
      'bf',
      'c080',
      'c1bf',
      'c27f',
      'c2c0',
      'e09fbf',
      'eda080',
      'edbfbf',
      'f08fbfbf',
      'f4908080',
      'f5808080',
      'ff',
      'e28228',
      'e228a1',
    ];
    for (let i = 0; i < wrong.length; i++) {
      expect(decoded(wrong[i])).toBe(UTF8_BAD, wrong[i]);
      expect(isUtf8(SCRATCH, unhex(wrong[i], SCRATCH))).toBe(false, wrong[i]);
    }
  });
});
