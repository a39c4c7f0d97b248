import { afterAll, beforeAll, expect, it } from 'vitest';
import { Key } from '../../assembly/protocol.js';
import { MEMORY, NativeHal } from '../support/hal-devices.js';
import { onBoard } from '../support/tools.js';

/** By their numbers; digits are those from 0 to 9. */
const { Cancel, Clear, ClearAll, Enter, Up, Down, Menu, Alpha } = Key;
const PAUSE_MS = 50;

onBoard(
  'keys from a panel',
  () => {
    const memory = new Uint8Array(MEMORY);
    let device: NativeHal;
    beforeAll(() => (device = new NativeHal()));
    afterAll(() => device.close());

    function keys(): number[] {
      const all: number[] = [];
      for (let key = device.call('keypad_key', [], memory); key >= 0; key = device.call('keypad_key', [], memory)) {
        all.push(key);
      }
      return all;
    }
    const type = (text: string): void => Buffer.from(text, 'latin1').forEach((byte) => device.type(byte));

    const SENT: [string, number[]][] = [
      ['0123456789', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      ['\r\n', [Enter, Enter]],
      ['\x7f\b\x15', [Clear, Clear, ClearAll]],
      ['mM\x1bOP\x1b[11~', [Menu, Menu, Menu, Menu]],
      ['aA\t', [Alpha, Alpha, Alpha]],
      ['\x1b[A\x1b[B\x1bOA\x1bOB', [Up, Down, Up, Down]],
      // With Shift held down.
      ['\x1b[1;2A', [Up]],
      // Left, right, Delete, F2, F5 and a mouse: no keys of a terminal, nor are their digits.
      ['\x1b[C\x1b[D\x1b[3~\x1b[12~\x1b[15~\x1b[<0;12;5M7', [7]],
      ['\x1bOQ1', [1]],
      ['x,\x01\x03\xe9\x0c', []],
      ['\x1b\x1b[A', [Cancel, Up]],
      ['\x1b1', [Cancel, 1]],
      ['\x1bm', [Cancel, Menu]],
      // A sequence that another one interrupts.
      ['\x1b[12\x1b[B', [Down]],
    ];

    it.each(SENT)('%j', (sent, expected) => {
      type(sent);
      expect(keys()).toEqual(expected);
      device.pass(PAUSE_MS);
      expect(keys()).toEqual([]);
    });

    it.each(SENT)('%j, byte by byte', (sent, expected) => {
      const all = sent.split(/(?=.)/su).flatMap((byte) => {
        type(byte);
        device.pass(PAUSE_MS - 1);
        return keys();
      });
      expect(all).toEqual(expected);
    });

    it('Esc alone is Cancel after a pause', () => {
      type('\x1b');
      expect(keys()).toEqual([]);
      device.pass(PAUSE_MS - 1);
      expect(keys()).toEqual([]);
      device.pass(1);
      expect(keys()).toEqual([Cancel]);
      device.pass(PAUSE_MS);
      expect(keys()).toEqual([]);
    });

    it('a sequence that does not end is no key', () => {
      type('\x1b[1;');
      expect(keys()).toEqual([]);
      device.pass(PAUSE_MS);
      expect(keys()).toEqual([]);
      type('A');
      expect(keys()).toEqual([Alpha]);
    });
  },
  'hal',
);
