import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyName, KEYBOARD, KeyReader } from '../../host/screen/keys.js';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
const SENT: [string, KeyName[]][] = [
  ['0123456789', ['Digit0', 'Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5', 'Digit6', 'Digit7', 'Digit8', 'Digit9']],
  ['\r', ['Enter']],
  ['\n', ['Enter']],
  ['\x7f\b', ['Clear', 'Clear']],
  ['m', ['Menu']],
  ['aA\t', ['Alpha', 'Alpha', 'Alpha']],
  ['\x1b[A', ['Up']],
  ['\x1b[B', ['Down']],
  ['\x1bOA\x1bOB', ['Up', 'Down']],
  // With Shift held down.
  ['\x1b[1;2A', ['Up']],
  // Left, right, Delete, F5 and a mouse: no keys of a terminal, nor are their digits.
  ['\x1b[C\x1b[D\x1b[3~\x1b[15~\x1b[<0;12;5M7', ['Digit7']],
  ['\x1bOP1', ['Menu', 'Digit1']],
  ['\x15', ['ClearAll']],
  ['x,\x01\x03é', []],
  ['\x1b\x1b[A', ['Cancel', 'Up']],
  ['\x1b1', ['Cancel', 'Digit1']],
  // A sequence that another one interrupts.
  ['\x1b[12\x1b[B', ['Down']],
];

describe('keys from a shell', () => {
  it.each(SENT)('%j', (sent, keys) => {
    const reader = new KeyReader();
    expect(reader.keysFrom(bytesOf(sent))).toEqual(keys);
    expect(reader.waiting).toBe(false);
  });

  it.each(SENT)('%j, byte by byte', (sent, keys) => {
    const reader = new KeyReader();
    expect([...bytesOf(sent)].flatMap((byte) => reader.keysFrom(Uint8Array.of(byte)))).toEqual(keys);
  });

  it('waits after Esc, and takes it for Cancel if nothing follows', () => {
    const reader = new KeyReader();
    expect(reader.keysFrom(bytesOf('\x1b'))).toEqual([]);
    expect(reader.waiting).toBe(true);
    expect(reader.flush()).toEqual(['Cancel']);
    expect(reader.waiting).toBe(false);
    expect(reader.flush()).toEqual([]);
  });

  it('drops a sequence that does not end', () => {
    const reader = new KeyReader();
    expect(reader.keysFrom(bytesOf('\x1b[1;'))).toEqual([]);
    expect(reader.waiting).toBe(true);
    expect(reader.flush()).toEqual([]);
    expect(reader.keysFrom(bytesOf('A'))).toEqual(['Alpha']);
  });

  it('does not depend on how the bytes were cut', () => {
    const piece = fc.constantFrom('\x1b', '[', 'O', 'A', 'B', ';', '1', 'm', '\r', '\x7f', '~', 'z');
    fc.assert(
      fc.property(fc.array(piece), fc.nat(), (pieces, cut) => {
        const bytes = bytesOf(pieces.join(''));
        const at = cut % (bytes.length + 1);
        const [one, two] = [new KeyReader(), new KeyReader()];
        const whole = [...one.keysFrom(bytes), ...one.flush()];
        expect([...two.keysFrom(bytes.subarray(0, at)), ...two.keysFrom(bytes.subarray(at)), ...two.flush()]).toEqual(
          whole,
        );
      }),
    );
  });

  it('has a name on the keyboard for each key but the digits', () => {
    const sent = new Set(SENT.flatMap(([, keys]) => keys).filter((key) => !/\d/.test(key)));
    expect(new Set(KEYBOARD.map(({ key }) => key))).toEqual(sent);
  });
});
