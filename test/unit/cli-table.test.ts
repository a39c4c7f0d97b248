import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { table } from '../../host/cli/table.js';

const HEAD = ['slot', 'number', 'scheme', 'role', 'holder'];
const ROWS = [
  ['1', '622848*********1234', 'UnionPay', 'settlement', '张*'],
  ['2', '424242******4242', 'Visa', 'payment', 'M**** G***** L****'],
  ['3', '', '', '', ''],
];

const widthOf = (text: string): number => Math.max(...text.split('\n').map((line) => stringWidth(line)));

describe('a table', () => {
  it('fits a screen of 80 columns with all that a card has', () => {
    const text = table(HEAD, ROWS, 80);
    expect(widthOf(text)).toBeLessThanOrEqual(80);
    expect(text).toContain('│ 622848*********1234 │');
    expect(text.split('\n')).toHaveLength(7);
  });

  it.each([60, 70, 80, 100])('of long cells breaks them between words, within %i columns', (columns) => {
    const long = 'the terminal refused this because its table has changed since it was read';
    const text = table(['terminal', 'port', 'why'], [['till-1', '/dev/ttyUSB0', `${long} ${long}`]], columns);
    expect(widthOf(text)).toBeLessThanOrEqual(columns);
    expect(text).toContain('│');
    const cells = text.split('\n').map((line) => line.split('│')[3]?.trim() ?? '');
    expect(cells.filter((cell) => cell !== '' && cell !== 'why').join(' ')).toBe(`${long} ${long}`);
  });

  it('becomes a list on a narrow screen, which leaves out what is empty', () => {
    expect(table(HEAD, ROWS, 59)).toBe(
      [
        'slot 1',
        '  number: 622848*********1234',
        '  scheme: UnionPay',
        '  role: settlement',
        '  holder: 张*',
        'slot 2',
        '  number: 424242******4242',
        '  scheme: Visa',
        '  role: payment',
        '  holder: M**** G***** L****',
        'slot 3',
      ].join('\n'),
    );
  });

  it('becomes a list if a word is too long for the screen', () => {
    expect(table(['name', 'port'], [['a', 'x'.repeat(80)]], 80)).toBe(`name a\n  port: ${'x'.repeat(80)}`);
  });

  it('is as wide as it needs where nobody looks', () => {
    expect(widthOf(table(['a', 'b'], [['x', `${'word '.repeat(40)}end`]], Infinity))).toBe(203 + 1 + 7);
  });
});
