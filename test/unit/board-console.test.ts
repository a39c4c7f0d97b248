import { expect, it } from 'vitest';
import { ConsoleReader } from '../../host/sim/board/console.js';

/** What a reader makes of chunks: events, and the bytes for the panel as text. */
function read(...chunks: string[]): { events: [number, number][]; panel: string } {
  const events: [number, number][] = [];
  let panel = '';
  const reader = new ConsoleReader(
    (code, value) => events.push([code, value]),
    (bytes) => (panel += Buffer.from(bytes).toString('latin1')),
  );
  for (const chunk of chunks) reader.take(Buffer.from(chunk, 'latin1'));
  return { events, panel };
}

const EVENT = '\x1b_event 4 4294967295\x1b\\';
const MIXED = `\x1b[0m\x1b[2J${EVENT}\x1b[01;01H\x1b_event 1 0\x1b\\\x1b_event 2 7\x1b\\text\x1b[0m`;
const PARTED = {
  events: [
    [4, 4294967295],
    [1, 0],
    [2, 7],
  ],
  panel: '\x1b[0m\x1b[2J\x1b[01;01Htext\x1b[0m',
};

it('parts events from what the panel shows', () => {
  expect(read(MIXED)).toEqual(PARTED);
});

it('does not depend on where chunks end', () => {
  expect(read(...MIXED.split(/(?=.)/su))).toEqual(PARTED);
  for (let cut = 0; cut <= MIXED.length; cut++) {
    expect(read(MIXED.slice(0, cut), MIXED.slice(cut))).toEqual(PARTED);
  }
});

it('finds an event inside of a sequence that a trap has cut', () => {
  expect(read(`text\x1b[01${EVENT}`)).toEqual({ events: [[4, 4294967295]], panel: 'text\x1b[01' });
  expect(read(`text\x1b${EVENT}`)).toEqual({ events: [[4, 4294967295]], panel: 'text\x1b' });
});

it('waits for no end of what is too long to be an event', () => {
  const { events, panel } = read('\x1b_event ', '12345678901234567890', `text${EVENT}`);
  expect(events).toEqual([[4, 4294967295]]);
  expect(panel).toContain('12345678901234567890text');
});

it('leaves out a string that is no event', () => {
  expect(read('a\x1b_other\x1b\\b')).toEqual({ events: [], panel: 'ab' });
});
