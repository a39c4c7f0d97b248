import { expect, it } from 'vitest';
import { HalError, KeySlot } from '../../assembly/protocol.js';
import { A, B, C, filled, hex, onEveryHal, text } from '../support/hal-rig.js';

const { Argument, Absent } = HalError;

onEveryHal('keys', (rig) => {
  it('are combined to the XOR of two components, which are erased', () => {
    const hal = rig().load(KeySlot.PartOne, A).load(KeySlot.PartTwo, B);
    expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate)).toBe(0);
    hal.holds(KeySlot.Candidate, filled(0xa1 ^ 0xb2)).lacks(KeySlot.PartOne, KeySlot.PartTwo);
  });

  it('can be combined into the slot of a component', () => {
    const hal = rig().load(KeySlot.PartOne, A).load(KeySlot.PartTwo, B);
    expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.PartOne)).toBe(0);
    hal.holds(KeySlot.PartOne, filled(0xa1 ^ 0xb2)).lacks(KeySlot.PartTwo);
  });

  it('are not combined if a component is missing, or if there is no such slot', () => {
    const hal = rig().load(KeySlot.PartOne, A).load(KeySlot.Candidate, C);
    expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate)).toBe(Absent);
    expect(hal.call('key_combine', KeySlot.PartTwo, KeySlot.PartOne, KeySlot.Candidate)).toBe(Absent);
    hal.load(KeySlot.PartTwo, B);
    expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, 32)).toBe(Argument);
    hal.holds(KeySlot.PartOne, A).holds(KeySlot.PartTwo, B).holds(KeySlot.Candidate, C);
  });

  it('replace the key in the slot that they are moved to', () => {
    const hal = rig().load(KeySlot.Candidate, A).load(KeySlot.Master, B);
    expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Master)).toBe(0);
    hal.holds(KeySlot.Master, A).lacks(KeySlot.Candidate);
    expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Master)).toBe(Absent);
    expect(hal.call('key_move', KeySlot.Master, 32)).toBe(Argument);
    expect(hal.call('key_move', KeySlot.Master, KeySlot.Master)).toBe(0);
    hal.holds(KeySlot.Master, A);
  });

  it('are gone after an erase', () => {
    const hal = rig().load(KeySlot.Root, A).load(KeySlot.Cipher, B);
    for (const slot of [KeySlot.Root, KeySlot.Cipher]) {
      expect(hal.call('key_present', slot)).toBe(1);
      expect(hal.call('key_erase', slot)).toBe(0);
      hal.lacks(slot);
      expect(hal.call('key_erase', slot)).toBe(0);
    }
  });

  it('are generated from the randomness of the device, as the bytes of `random` are', () => {
    const hal = rig();
    hal.device.count();
    expect(hal.call('key_generate', KeySlot.Root)).toBe(0);
    expect(hal.call('key_generate', KeySlot.Ephemeral)).toBe(0);
    hal.holds(KeySlot.Root, filled(1)).holds(KeySlot.Ephemeral, filled(2));
    const ptr = hal.reset().room();
    expect(hal.call('random', ptr, 5)).toBe(0);
    expect(hal.read(ptr, 6)).toEqual(hex('0303030303ee'));
  });

  it('are different each time that they are generated', () => {
    const hal = rig();
    const seen = new Set<string>();
    for (let i = 0; i < 10; i++) {
      hal.call('key_generate', KeySlot.Ephemeral);
      seen.add(text(hal.publicKey(KeySlot.Ephemeral)));
    }
    expect(seen.size).toBe(10);
  });

  it('survive a power cut in slots 0 to 7, and in no other slot', () => {
    const hal = rig();
    for (let slot = 0; slot < 32; slot++) hal.load(slot, filled(slot));
    hal.device.lose();
    for (let slot = 0; slot < 8; slot++) hal.holds(slot, filled(slot));
    hal.lacks(...Array.from({ length: 24 }, (_item, i) => 8 + i));
  });

  it('give -3 if they are absent, and -1 if there is no such slot', () => {
    const hal = rig();
    const [ptr, out] = [hal.at(A), hal.room()];
    const uses: ((slot: number) => number)[] = [
      (slot) => hal.call('key_combine', slot, slot, 8),
      (slot) => hal.call('key_move', slot, 8),
      (slot) => hal.call('key_derive', slot, ptr, 4, 8),
      (slot) => hal.call('hkdf2_sha256', slot, -1, 8, 9),
      (slot) => hal.call('hkdf3_sha256', slot, -1, 8, out, 9),
      (slot) => hal.call('hmac_sha256', slot, ptr, 4, out),
      (slot) => hal.call('x25519_public', slot, out),
      (slot) => hal.call('x25519', slot, ptr, 8),
      (slot) => hal.call('aead_seal', slot, ptr, ptr, 4, out, 4),
      (slot) => hal.call('aead_open', slot, ptr, ptr, 4, out, 32),
    ];
    const makes: ((slot: number) => number)[] = [
      (slot) => hal.call('key_present', slot),
      (slot) => hal.call('key_generate', slot),
      (slot) => hal.call('key_load', slot, ptr),
      (slot) => hal.call('key_erase', slot),
    ];
    for (const use of uses) for (const slot of [0, 8, 31]) expect(use(slot)).toBe(Absent);
    for (const call of [...uses, ...makes]) for (const slot of [-5, -1, 32, 99]) expect(call(slot)).toBe(Argument);
  });
});
