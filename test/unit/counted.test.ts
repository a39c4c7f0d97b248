import { expect, it, test } from 'vitest';
import { differenceText } from '../../host/cli/difference.js';
import { counted } from '../../host/counted.js';
import { packetText } from '../../host/smp/frame-text.js';

test.each([
  [0, '0 slots'],
  [1, '1 slot'],
  [2, '2 slots'],
])('%i is counted in words', (count, text) => {
  expect(counted(count, 'slot')).toBe(text);
});

it('takes a plural of its own', () => {
  expect([1, 2].map((count) => counted(count, 'try', 'tries'))).toEqual(['1 try', '2 tries']);
});

it('is used for a packet of one byte', () => {
  expect(packetText(Uint8Array.of(7))).toBe('no SMP packet, 1 byte');
});

// Borders of the units, where a rounded value must not read "60 minutes" of the next unit.
test.each([
  [0, 'less than a second'],
  [-999, 'less than a second'],
  [1000, '1 second ahead'],
  [-1499, '1 second behind'],
  [119_499, '119 seconds ahead'],
  [119_500, '2 minutes ahead'],
  [-7_169_999, '119 minutes behind'],
  [7_170_000, '2 hours ahead'],
  [-3 * 3_600_000, '3 hours behind'],
  [172_800_000, '2 days ahead'],
  [-63_072_000_000, '730 days behind'],
])('a clock that is %i ms ahead is %s', (ms, text) => {
  expect(differenceText(ms)).toBe(text);
});
