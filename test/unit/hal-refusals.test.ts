import { expect, it } from 'vitest';
import { HalError, KeySlot, MenuUser, Register } from '../../assembly/protocol.js';
import { seededRandom } from '../../host/emulator/random.js';
import { MEMORY } from '../support/hal-devices.js';
import { A, B, C, KEY, onEveryHal } from '../support/hal-rig.js';

const { Argument, Absent, Device, NotAuthentic } = HalError;

onEveryHal('hostile arguments', (rig) => {
  const imports: [name: string, args: string][] = [
    ['random', 'pn'],
    ['key_present', 's'],
    ['key_generate', 's'],
    ['key_load', 'sp'],
    ['key_combine', 'sss'],
    ['key_move', 'ss'],
    ['key_erase', 's'],
    ['key_derive', 'spns'],
    ['hkdf2_sha256', 'ssss'],
    ['hkdf3_sha256', 'sssps'],
    ['hmac_sha256', 'spnp'],
    ['sha256', 'pnp'],
    ['x25519_public', 'sp'],
    ['x25519', 'sps'],
    ['aead_seal', 'sppnpn'],
    ['aead_open', 'sppnpn'],
    ['register_get', 'spn'],
    ['register_set', 'spn'],
    ['passwords_set', 'pnpn'],
    ['password_present', 's'],
    ['password_check', 'spn'],
  ];
  const wild = [-(2 ** 31), 2 ** 31 - 1, -65_536, -5, -1, 99];
  const sane: Record<string, number[]> = {
    p: [0, 1, 100, MEMORY - 33, MEMORY - 32, MEMORY - 16, MEMORY - 1, MEMORY, MEMORY + 1],
    n: [0, 1, 15, 16, 17, 32, 33, 68, 1024, MEMORY - 16, MEMORY, MEMORY + 1],
    s: [0, 1, 2, 3, 7, 8, 9, 15, 31, 32],
  };

  it('give a result, never an exception, and change nothing if they are refused', () => {
    const random = seededRandom(20);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    const notAuthentic: number = NotAuthentic;
    const hal = rig();
    const results = new Set<number>();
    for (let i = 0; i < 20_000; i++) {
      const [name, kinds] = pick(imports);
      const args = Array.from(kinds, (kind) => pick(random() < 0.1 ? wild : (sane[kind] ?? [])));
      const [memory, written] = [hal.memory.slice(), hal.device.writes];
      const result = hal.call(name, ...args);
      results.add(result);
      if (result < 0) expect(hal.device.writes, `${name}(${args.join()})`).toBe(written);
      if (result < 0 && result !== notAuthentic) {
        expect(Buffer.compare(hal.memory, memory), `${name}(${args.join()})`).toBe(0);
      }
    }
    expect([...results].sort((a, b) => a - b)).toEqual([NotAuthentic, Absent, Argument, 0, 1]);
  });

  it('touch no byte past the end of memory', () => {
    const hal = rig().load(KeySlot.Cipher, A);
    hal.memory.set(B, MEMORY - KEY);
    expect(hal.call('aead_seal', KeySlot.Cipher, 0, 0, 0, MEMORY - 32, 17)).toBe(Argument);
    expect(hal.read(MEMORY - KEY)).toEqual(B);
    expect(hal.call('aead_seal', KeySlot.Cipher, 0, 0, 0, MEMORY - 32, 16)).toBe(0);
    expect(hal.call('aead_open', KeySlot.Cipher, 0, 0, 0, MEMORY - 32, 32)).toBe(0);
    expect(hal.read(MEMORY - KEY)).toEqual(Buffer.concat([B.subarray(0, 16), Buffer.alloc(16)]));
  });
});

onEveryHal('a device that can write nothing durable', (rig) => {
  it('returns -2 for each durable change, and keeps what it had', () => {
    const hal = rig();
    hal.load(KeySlot.Root, A).load(KeySlot.Candidate, B).load(KeySlot.PartOne, C).load(KeySlot.PartTwo, C);
    const old = hal.reset().at(Buffer.from('123456'));
    expect(hal.call('passwords_set', old, 6, old, 5)).toBe(0);
    hal.reset().call('register_set', Register.Anchor, hal.at(A), KEY);
    hal.device.fail();
    const ptr = hal.reset().at(Buffer.from('654321'));
    expect(hal.call('key_generate', KeySlot.Root)).toBe(Device);
    expect(hal.call('key_load', KeySlot.Root, ptr)).toBe(Device);
    expect(hal.call('key_erase', KeySlot.Root)).toBe(Device);
    expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Root)).toBe(Device);
    expect(hal.call('key_move', KeySlot.Root, KeySlot.Candidate)).toBe(Device);
    expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Master)).toBe(Device);
    expect(hal.call('passwords_set', ptr, 6, ptr, 6)).toBe(Device);
    expect(hal.call('passwords_set', ptr, 0, ptr, 0)).toBe(Device);
    for (const who of [MenuUser.Operator, MenuUser.Administrator]) {
      expect(hal.call('password_check', who, ptr, 6)).toBe(1);
    }
    const kept = hal.reset().at(Buffer.from('123456'));
    expect(hal.call('password_check', MenuUser.Operator, kept, 6)).toBe(0);
    expect(hal.call('password_check', MenuUser.Administrator, kept, 5)).toBe(0);
    expect(hal.call('register_set', Register.Anchor, ptr, 6)).toBe(Device);
    expect(hal.call('register_get', Register.Anchor, ptr, KEY)).toBe(0);
    expect(hal.read(ptr)).toEqual(A);
    hal.holds(KeySlot.Root, A).holds(KeySlot.Candidate, B).holds(KeySlot.PartOne, C).holds(KeySlot.PartTwo, C);
    hal.lacks(KeySlot.Master);
    // A move between slots that are not durable writes nothing.
    expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Shared)).toBe(0);
  });
});
