import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { HalError, KeySlot, MenuUser, Register } from '../../assembly/protocol.js';
import { type DurableState, KeyStore } from '../../host/emulator/index.js';

// The imports that use a store have tests of their own: hal-keys.test.ts and those beside it.

const KEY = Buffer.alloc(32, 0x0b);
const MESSAGE = Buffer.from('Hi There');
const MAC = new Uint8Array(createHmac('sha256', KEY).update(MESSAGE).digest());
const zeros = (key: Uint8Array | undefined): boolean => key?.every((byte) => byte === 0) ?? false;

/**
 * A store, and the arrays of its random bytes. It keeps them as its keys, so the test sees them
 * wiped.
 */
function watched(): { keys: KeyStore; made: Uint8Array[] } {
  const made: Uint8Array[] = [];
  const random = (bytes: number): Uint8Array => {
    const fresh = new Uint8Array(bytes).fill(0x70 + made.length);
    made.push(fresh);
    return fresh;
  };
  return { keys: new KeyStore({ random, passwordRounds: 2 }), made };
}

describe('the key store', () => {
  it('makes MACs under its keys', () => {
    const mac = new KeyStore().set(KeySlot.Verify, KEY).hmac(KeySlot.Verify, MESSAGE);
    expect(mac).toEqual(MAC);
  });

  it('returns one error for a slot without a key, and another for a slot that does not exist', () => {
    expect(new KeyStore().hmac(KeySlot.Verify, MESSAGE)).toBe(HalError.Absent);
    expect(new KeyStore().set(KeySlot.Verify, KEY).hmac(1, MESSAGE)).toBe(HalError.Absent);
    expect(new KeyStore().set(KeySlot.Verify, KEY).hmac(-1, MESSAGE)).toBe(HalError.Argument);
  });

  it('keeps a copy of a key, so that the caller can wipe its own', () => {
    const given = Buffer.from(KEY);
    const keys = new KeyStore().set(KeySlot.Verify, given);
    given.fill(0);
    expect(keys.hmac(KeySlot.Verify, MESSAGE)).toEqual(MAC);
  });

  it.each([
    [KeySlot.Verify, 0],
    [KeySlot.Verify, 31],
    [KeySlot.Verify, 33],
    [KeySlot.None, 32],
  ])('refuses for slot %i a key of %i bytes', (slot, bytes) => {
    expect(() => new KeyStore().set(slot, Buffer.alloc(bytes))).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('shows no key, register or password to `inspect` or JSON', () => {
    const secret = 'a key that stays inside, always!';
    const keys = new KeyStore({ passwordRounds: 2 }).set(KeySlot.Verify, Buffer.from(secret));
    keys.setRegister(Register.Anchor, Buffer.from(secret));
    keys.setPasswords(Buffer.from(secret), Buffer.from(secret));
    expect(inspect(keys, { showHidden: true, depth: null })).not.toMatch(/61 20 6b 65|97, 32, 107|a key that/);
    expect(JSON.stringify(keys)).toBe('{}');
  });

  it('makes the same keys from the same randomness', () => {
    const [one, other] = [watched().keys, watched().keys];
    for (const keys of [one, other]) keys.generate(KeySlot.Root);
    expect(one.hmac(KeySlot.Root, MESSAGE)).toEqual(other.hmac(KeySlot.Root, MESSAGE));
  });

  it('shares no later change with its branch', () => {
    const keys = new KeyStore({ passwordRounds: 2 }).set(KeySlot.Root, KEY).set(KeySlot.Cipher, KEY);
    keys.setRegister(Register.Anchor, KEY);
    keys.setPasswords(MESSAGE, KEY);
    const branch = keys.branch();
    expect(branch.hmac(KeySlot.Root, MESSAGE)).toEqual(keys.hmac(KeySlot.Root, MESSAGE));
    expect(branch.has(KeySlot.Cipher)).toBe(false);
    keys.erase(KeySlot.Root);
    keys.setRegister(Register.Anchor, Buffer.alloc(32));
    keys.setPasswords(Buffer.alloc(0), Buffer.alloc(0));
    expect(branch.hmac(KeySlot.Root, MESSAGE)).toEqual(MAC);
    const anchor = Buffer.alloc(32);
    expect([branch.register(Register.Anchor, anchor), anchor]).toEqual([0, KEY]);
    expect(branch.checkPassword(MenuUser.Operator, MESSAGE)).toBe(0);
  });
});

describe('the key store wipes', () => {
  it('a key that is erased', () => {
    const { keys, made } = watched();
    keys.generate(KeySlot.Root);
    expect(zeros(made[0])).toBe(false);
    keys.erase(KeySlot.Root);
    expect(zeros(made[0])).toBe(true);
  });

  it('a key that is replaced by another', () => {
    const { keys, made } = watched();
    keys.generate(KeySlot.Chain);
    keys.hkdf2(KeySlot.Chain, KeySlot.None, KeySlot.Chain, KeySlot.Cipher);
    keys.generate(KeySlot.Ephemeral);
    keys.generate(KeySlot.Ephemeral);
    expect(made.map(zeros)).toEqual([true, true, false]);
  });

  it('both components of a key', () => {
    const { keys, made } = watched();
    keys.generate(KeySlot.PartOne);
    keys.generate(KeySlot.PartTwo);
    keys.combine(KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate);
    expect(made.map(zeros)).toEqual([true, true]);
  });

  it('a key that a move replaces, and not the one that is moved', () => {
    const { keys, made } = watched();
    keys.generate(KeySlot.Candidate);
    keys.generate(KeySlot.Master);
    keys.move(KeySlot.Candidate, KeySlot.Master);
    keys.move(KeySlot.Master, KeySlot.Master);
    expect(made.map(zeros)).toEqual([false, true]);
  });

  it('keys that are lost with the power', () => {
    const { keys, made } = watched();
    keys.generate(KeySlot.Root);
    keys.generate(KeySlot.Ephemeral);
    keys.lose();
    expect(made.map(zeros)).toEqual([false, true]);
  });

  it('a key that its backing could not write', () => {
    const made = Buffer.from(KEY);
    const write = (): void => {
      throw new Error('no space left');
    };
    const keys = new KeyStore({ random: () => made, backing: { read: () => undefined, write } });
    expect(keys.generate(KeySlot.Root)).toBe(HalError.Device);
    expect(zeros(made)).toBe(true);
    expect(keys.has(KeySlot.Root)).toBe(false);
  });
});

describe('the backing of a key store', () => {
  function backed(): { keys: KeyStore; written: DurableState[] } {
    const written: DurableState[] = [];
    const backing = { read: () => undefined, write: (state: DurableState) => written.push(state) };
    return { keys: new KeyStore({ passwordRounds: 2, backing }), written };
  }

  it('gets each durable change in one write', () => {
    const { keys, written } = backed();
    keys.load(2, KEY);
    keys.load(3, KEY);
    written.length = 0;
    keys.combine(2, 3, KeySlot.Master);
    expect(written.map((state) => [...state.keys.keys()])).toEqual([[KeySlot.Master]]);
    keys.move(KeySlot.Master, KeySlot.Root);
    expect(written.map((state) => [...state.keys.keys()])).toEqual([[KeySlot.Master], [KeySlot.Root]]);
    keys.setRegister(Register.Anchor, KEY);
    keys.setPasswords(MESSAGE, KEY);
    keys.erase(KeySlot.Root);
    expect(written).toHaveLength(5);
    expect(written.at(-1)).toMatchObject({ keys: new Map(), registers: new Map([[Register.Anchor, KEY]]) });
  });

  it('gets no write for a change that is not durable, or that changes nothing', () => {
    const { keys, written } = backed();
    keys.set(KeySlot.PartOne, KEY).set(KeySlot.PartTwo, KEY);
    keys.combine(KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate);
    keys.derive(KeySlot.Candidate, MESSAGE, KeySlot.Verify);
    keys.erase(KeySlot.Verify);
    keys.erase(KeySlot.Root);
    keys.lose();
    expect(written).toEqual([]);
  });

  it('gets no password, only a hash with a new salt each time', () => {
    const { keys, written } = backed();
    keys.setPasswords(MESSAGE, MESSAGE);
    keys.setPasswords(MESSAGE, MESSAGE);
    expect(written).toHaveLength(2);
    const kept = written.flatMap(({ passwords }) => [...passwords.values()]);
    // The salt is 16 random bytes and the person's number.
    for (const { salt, hash, rounds } of kept) expect([salt.length, hash.length, rounds]).toEqual([17, 32, 2]);
    for (const part of ['salt', 'hash'] as const) {
      expect(new Set(kept.map((one) => Buffer.from(one[part]).toString('hex'))).size).toBe(4);
    }
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    for (const { salt, hash } of kept) expect(hex(salt) + hex(hash)).not.toContain(hex(MESSAGE.subarray(0, 8)));
  });

  it.each([
    ['nothing', () => undefined],
    ['everything', (keep: () => void) => keep()],
  ])('has both old passwords or both new ones if a write fails and keeps %s', (_what, failing) => {
    let kept: DurableState | undefined;
    let fails = false;
    let writes = 0;
    const write = (state: DurableState): void => {
      writes++;
      if (!fails) kept = state;
      else failing(() => (kept = state));
      if (fails) throw new Error('no space left');
    };
    const store = (): KeyStore => new KeyStore({ passwordRounds: 2, backing: { read: () => kept, write } });
    const keys = store();
    const passwords = ['482951', '70418263', '371955', '9046128837'].map((text) => Buffer.from(text)) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    expect(keys.setPasswords(passwords[0], passwords[1])).toBe(0);
    fails = true;
    for (const [operator, admin] of [passwords.slice(2), [Buffer.alloc(0), Buffer.alloc(0)]] as [Buffer, Buffer][]) {
      writes = 0;
      expect(keys.setPasswords(operator, admin)).toBe(HalError.Device);
      expect(writes).toBe(1);
      expect(keys.checkPassword(MenuUser.Operator, passwords[0])).toBe(0);
      expect(keys.checkPassword(MenuUser.Administrator, passwords[1])).toBe(0);
      const after = store();
      const results = [MenuUser.Operator, MenuUser.Administrator].map((who, i) => [
        after.checkPassword(who, passwords[i] ?? KEY),
        after.checkPassword(who, passwords[2 + i] ?? KEY),
      ]);
      expect(results[1]).toEqual(results[0]);
    }
  });

  it.each([
    [MESSAGE, Buffer.alloc(0)],
    [Buffer.alloc(0), MESSAGE],
  ])('gets no write if one of two passwords is empty', (operator, admin) => {
    const { keys, written } = backed();
    keys.setPasswords(KEY, KEY);
    expect(keys.setPasswords(operator, admin)).toBe(HalError.Argument);
    expect(written).toHaveLength(1);
    expect(keys.checkPassword(MenuUser.Operator, KEY)).toBe(0);
  });
});
