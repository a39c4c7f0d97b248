import { expect, it } from 'vitest';
import { HalError, RowLook } from '../../assembly/protocol.js';
import { onEveryHal, type Rig } from '../support/hal-rig.js';

const { Argument } = HalError;
const [COLUMNS, ROWS] = [20, 8];
const NO_CURSOR = -1;

const utf8 = (text: string): Buffer => Buffer.from(text);
function write(hal: Rig, bytes: Uint8Array, { row = 0, look = RowLook.Plain, cursor = NO_CURSOR } = {}): number {
  return hal.reset().call('screen_write', row, hal.at(bytes), bytes.length, look, cursor);
}

onEveryHal('the screen', (rig) => {
  it('has the size that the device gives it', () => {
    const hal = rig();
    expect(hal.call('screen_columns')).toBe(COLUMNS);
    expect(hal.call('screen_rows')).toBe(ROWS);
  });

  it('takes text as wide as itself, and no wider', () => {
    const hal = rig();
    for (const [char, cells] of [
      ['x', 1],
      ['é', 1],
      ['▲', 1],
      ['𝄞', 1],
      ['张', 2],
      ['，', 2],
      ['𠮷', 2],
    ] as const) {
      const fits = char.repeat(COLUMNS / cells);
      expect(write(hal, utf8(fits)), char).toBe(0);
      expect(write(hal, utf8(`${fits} `)), char).toBe(Argument);
    }
    expect(write(hal, utf8(''))).toBe(0);
  });

  it('has these rows alone, and a cursor in these columns alone', () => {
    const hal = rig();
    for (const row of [0, ROWS - 1]) expect(write(hal, utf8('x'), { row, cursor: COLUMNS - 1 })).toBe(0);
    for (const row of [-1, ROWS, 255, 256]) expect(write(hal, utf8('x'), { row })).toBe(Argument);
    expect(write(hal, utf8('x'), { cursor: COLUMNS })).toBe(Argument);
    expect(write(hal, utf8('x'), { look: RowLook.Reversed, cursor: 0 })).toBe(0);
  });

  it.each([
    ['a byte that continues nothing', '80'],
    ['a sequence that is cut', 'e5bc'],
    ['a character in two bytes, although one is enough', 'c1a1'],
    ['a character in three bytes, although two are enough', 'e08191'],
    ['a character in four bytes, although three are enough', 'f08d9593'],
    ['a surrogate', 'eda080'],
    ['a number above the last one', 'f4908080'],
    ['a byte that is none', 'f880808080'],
    ['another character inside of one', 'e54141'],
  ])('refuses what is not UTF-8: %s', (_what, bytes) => {
    expect(write(rig(), Buffer.from(bytes, 'hex'))).toBe(Argument);
  });

  it('refuses controls and what is invisible, and takes what is beside them', () => {
    const hal = rig();
    const isTaken = (point: number): boolean => write(hal, utf8(String.fromCodePoint(point))) === 0;
    const unprintable = (point: number): boolean =>
      /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(String.fromCodePoint(point));
    // The first and the last of each run of them in Unicode, and their neighbours.
    const edges = new Set<number>();
    let before = false;
    for (let point = 0; point <= 0x10ffff; point++) {
      if (unprintable(point) !== before) edges.add(point).add(Math.max(point - 1, 0));
      before = unprintable(point);
    }
    for (const point of edges) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      expect(isTaken(point), point.toString(16)).toBe(!unprintable(point));
    }
  });

  it('has levels of contrast from 0 to 15', () => {
    const hal = rig();
    for (const level of [0, 1, 15]) expect(hal.call('screen_contrast', level)).toBe(0);
    for (const level of [-1, 16]) expect(hal.call('screen_contrast', level)).toBe(Argument);
  });

  it('is no reason to take keys over the line', () => {
    expect(rig().call('bench')).toBe(0);
  });
});
