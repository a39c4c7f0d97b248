import { describe, expect, it } from 'vitest';
import { cellsOf } from '../../host/screen/cells.js';
import { Screen } from '../../host/screen/screen.js';

const refused = (part: string): unknown =>
  expect.objectContaining({ code: 'SCREEN', message: expect.stringContaining(part) as string });

describe('a screen', () => {
  it('shows rows by cells: a Han character is two', () => {
    const screen = new Screen(16, 4);
    screen.writeRow(0, '系统设置', { reversed: true });
    screen.writeRow(1, '1-银行卡管理');
    screen.writeRow(3, new TextEncoder().encode('3-Trần Thị Hương'));
    expect(screen.text()).toEqual(['系统设置        ', '1-银行卡管理    ', ' '.repeat(16), '3-Trần Thị Hương']);
    expect(screen.text().map(cellsOf)).toEqual([16, 16, 16, 16]);
    expect(screen.state.lines.map(({ reversed }) => reversed)).toEqual([true, false, false, false]);
  });

  it.each([
    [16, 4],
    [40, 15],
  ])('has %i×%i cells', (columns, rows) => {
    const screen = new Screen(columns, rows);
    screen.writeRow(rows - 1, '卡'.repeat(columns / 2));
    screen.moveCursor({ row: rows - 1, column: columns - 1 });
    expect(screen.text()).toHaveLength(rows);
  });

  it.each([
    [15, 4],
    [41, 4],
    [16, 3],
    [16, 16],
    [16.5, 4],
    [NaN, 4],
  ])('has no %d×%d cells', (columns, rows) => {
    expect(() => new Screen(columns, rows)).toThrow(refused('16×4 to 40×15'));
  });

  it('counts what changes the picture, and nothing else', () => {
    const screen = new Screen(16, 4);
    const counts: number[] = [];
    const count = (change: () => void): number => {
      change();
      return counts.push(screen.changes);
    };
    count(() => screen.writeRow(0, 'a'));
    count(() => screen.writeRow(0, 'a   '));
    count(() => screen.writeRow(0, 'a', { reversed: true }));
    count(() => screen.darken(true));
    count(() => screen.darken(true));
    count(() => screen.moveCursor({ row: 0, column: 1 }));
    count(() => screen.moveCursor(undefined));
    count(() => screen.showQr('x'));
    count(() => screen.writeRow(2, ''));
    count(() => screen.moveCursor(undefined));
    expect(counts).toEqual([1, 1, 2, 3, 3, 4, 5, 6, 7, 7]);
  });

  it('keeps a state that was taken', () => {
    const screen = new Screen(16, 4);
    const before = screen.state;
    screen.writeRow(0, 'a');
    expect(before.lines[0]).toEqual({ text: '', reversed: false });
  });

  it('shows a QR code in place of the rows, until one is written', () => {
    const screen = new Screen(16, 4);
    screen.writeRow(0, 'title');
    screen.moveCursor({ row: 0, column: 0 });
    screen.showQr(new TextEncoder().encode('支付'));
    expect(screen.state).toMatchObject({ qr: '支付', cursor: undefined });
    expect(screen.text()).toEqual(Array(4).fill(' '.repeat(16)));
    screen.writeRow(1, 'paid');
    expect(screen.state.qr).toBeUndefined();
    expect(screen.text().map((row) => row.trim())).toEqual(['', 'paid', '', '']);
  });
});

describe('a screen refuses, and does not change', () => {
  const screen = new Screen(16, 4);
  screen.writeRow(0, '设置');
  screen.moveCursor({ row: 1, column: 2 });
  const { state, changes } = screen;
  const digits = '4242424242424242';

  it.each<[string, () => void, string]>([
    ['a row above', () => screen.writeRow(-1, ''), 'rows 0 to 3, not -1'],
    ['a row below', () => screen.writeRow(4, ''), 'rows 0 to 3, not 4'],
    ['half a row', () => screen.writeRow(0.5, ''), 'rows 0 to 3, not 0.5'],
    ['17 cells', () => screen.writeRow(0, `${digits}1`), '17 cells'],
    ['half a Han character', () => screen.writeRow(0, `${digits.slice(1)}卡`), '17 cells'],
    ['spaces beyond the end', () => screen.writeRow(0, ' '.repeat(17)), '17 cells'],
    ['a cut character', () => screen.writeRow(0, new TextEncoder().encode('卡').subarray(0, 2)), 'not UTF-8'],
    ['an overlong slash', () => screen.writeRow(0, Uint8Array.of(0xc0, 0xaf)), 'not UTF-8'],
    ['a surrogate in UTF-8', () => screen.writeRow(0, Uint8Array.of(0xed, 0xa0, 0x80)), 'not UTF-8'],
    ['a lone surrogate', () => screen.writeRow(0, '\ud800'), 'control'],
    ['a tab', () => screen.writeRow(0, 'a\tb'), 'control'],
    ['a line feed at the end', () => screen.writeRow(0, 'a\n'), 'control'],
    ['an escape', () => screen.writeRow(0, '\u001b[2J'), 'control'],
    ['DEL', () => screen.writeRow(0, '\u007f'), 'control'],
    ['C1', () => screen.writeRow(0, Uint8Array.of(0xc2, 0x9b)), 'control'],
    ['a byte order mark', () => screen.writeRow(0, Uint8Array.of(0xef, 0xbb, 0xbf, 0x41)), 'control'],
    ['a turn of direction', () => screen.writeRow(0, '\u202e'), 'control'],
    ['a cursor behind the last cell', () => screen.moveCursor({ row: 0, column: 16 }), 'columns 0 to 15, not 16'],
    ['a cursor below', () => screen.moveCursor({ row: 4, column: 0 }), 'rows 0 to 3'],
    ['an empty QR code', () => screen.showQr(''), 'needs a text'],
    ['a QR code of 231 bytes', () => screen.showQr('支'.repeat(77)), 'has 231 bytes of text, and this screen shows'],
  ])('%s', (_, write, message) => {
    expect(write).toThrow(refused(message));
    expect(screen.state).toBe(state);
    expect(screen.changes).toBe(changes);
  });

  it('without the text in its message: it may be digits of a card', () => {
    expect(() => screen.writeRow(0, `${digits}1`)).not.toThrow(digits.slice(0, 6));
    expect(() => screen.showQr(digits.repeat(20))).not.toThrow(digits.slice(0, 6));
  });
});
