import { expect, it } from 'vitest';
import { HalError, Register } from '../../assembly/protocol.js';
import { A, B, hex, KEY, onEveryHal, type Rig, text } from '../support/hal-rig.js';

const { Argument } = HalError;

onEveryHal('registers', (rig) => {
  const get = (hal: Rig, id: number, bytes: number): [number, string] => {
    const ptr = hal.reset().room(bytes);
    return [hal.call('register_get', id, ptr, bytes), text(hal.read(ptr, bytes))];
  };
  const set = (hal: Rig, id: number, value: Uint8Array): number =>
    hal.reset().call('register_set', id, hal.at(value), value.length);

  it('are zeros until they are set, and then keep their value', () => {
    const hal = rig();
    expect(get(hal, Register.Anchor, KEY)).toEqual([0, '00'.repeat(32)]);
    expect(set(hal, Register.Anchor, A)).toBe(0);
    expect(set(hal, Register.SessionTries, hex('01020304'))).toBe(0);
    hal.device.lose();
    expect(get(hal, Register.Anchor, KEY)).toEqual([0, text(A)]);
    expect(get(hal, Register.Anchor, 3)).toEqual([0, 'a1a1a1']);
    expect(get(hal, Register.SessionTries, 6)).toEqual([0, '010203040000']);
    expect(get(hal, Register.Tamper, 1)).toEqual([0, '00']);
  });

  it('keep nothing of a longer value after a shorter one is set', () => {
    const hal = rig();
    set(hal, Register.Anchor, A);
    set(hal, Register.Anchor, Buffer.of(7));
    expect(get(hal, Register.Anchor, KEY)).toEqual([0, `07${'00'.repeat(31)}`]);
  });

  it('are refused with more than 32 bytes, or with a number that does not exist', () => {
    const hal = rig();
    set(hal, Register.Anchor, A);
    expect(set(hal, Register.Anchor, Buffer.alloc(33))).toBe(Argument);
    expect(get(hal, Register.Anchor, 33)).toEqual([Argument, 'ee'.repeat(33)]);
    for (const id of [-1, 8, 99]) {
      expect(set(hal, id, B)).toBe(Argument);
      expect(get(hal, id, 1)).toEqual([Argument, 'ee']);
    }
    expect(get(hal, Register.Anchor, KEY)).toEqual([0, text(A)]);
  });
});
