import { pbkdf2Sync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HalError, KeySlot, MenuUser, Register } from '../../assembly/protocol.js';
import { seededRandom } from '../../host/emulator/random.js';
import { type DurableState, KeyStore } from '../../host/emulator/index.js';
import { KeyFile } from '../../host/sim/key-file.js';

const COPY = 4096;
const KEY = Buffer.alloc(32, 0x21);
const MESSAGE = Buffer.from('which key is this');
let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-keys-'));
  path = join(dir, 'till.keys');
});
afterEach(() => rmSync(dir, { recursive: true }));

const store = (): KeyStore => new KeyStore({ passwordRounds: 2, backing: new KeyFile(path) });
const missing = expect.objectContaining({ code: 'KEY_MISSING' }) as Error;

function registerOf(keys: KeyStore, id = Register.Anchor): Buffer {
  const value = Buffer.alloc(32, 0xee);
  expect(keys.register(id, value)).toBe(0);
  return value;
}

/** The largest state that a key store can have. */
function fullest(): DurableState {
  const numbers = (count: number, first = 0): number[] => Array.from({ length: count }, (_, i) => first + i);
  return {
    keys: new Map(numbers(8).map((slot) => [slot, new Uint8Array(32).fill(slot)])),
    registers: new Map(numbers(5).map((id) => [id, new Uint8Array(32).fill(0xf0 + id)])),
    passwords: new Map(
      numbers(2, 1).map((who) => [
        who,
        { salt: new Uint8Array(16).fill(who), rounds: 100_000, hash: new Uint8Array(32).fill(who) },
      ]),
    ),
  };
}

describe('a key file', () => {
  it('reads back the state that was written', () => {
    new KeyFile(path).write(fullest());
    expect(new KeyFile(path).read()).toEqual(fullest());
    const nothing: DurableState = { keys: new Map(), registers: new Map(), passwords: new Map() };
    new KeyFile(path).write(nothing);
    expect(new KeyFile(path).read()).toEqual(nothing);
  });

  it('is made by the first durable change, with mode 0600', () => {
    const keys = store();
    keys.set(KeySlot.Cipher, KEY);
    expect(existsSync(path)).toBe(false);
    keys.set(KeySlot.Root, KEY);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('has two copies, and keeps an erased key in neither', () => {
    const keys = store().set(KeySlot.Root, KEY);
    const text = readFileSync(path, 'latin1');
    expect(text).toHaveLength(2 * COPY);
    expect(text.slice(0, COPY)).toBe(text.slice(COPY));
    expect(text.split(KEY.toString('hex'))).toHaveLength(3);
    keys.erase(KeySlot.Root);
    expect(readFileSync(path, 'latin1')).not.toContain(KEY.toString('hex', 0, 4));
  });

  it('keeps durable keys, registers and passwords, and nothing else', () => {
    const before = store().set(KeySlot.Root, KEY).set(KeySlot.Cipher, KEY);
    before.generate(KeySlot.Master);
    before.setRegister(Register.Anchor, KEY);
    before.setRegister(Register.SessionTries, Buffer.of(3));
    before.setPasswords(Buffer.from('123456'), Buffer.from('sesame-0'));
    const after = store();
    for (const slot of [KeySlot.Root, KeySlot.Master])
      expect(after.hmac(slot, MESSAGE)).toEqual(before.hmac(slot, MESSAGE));
    expect(after.hmac(KeySlot.Cipher, MESSAGE)).toBe(HalError.Absent);
    expect(registerOf(after)).toEqual(KEY);
    expect(registerOf(after, Register.SessionTries)).toEqual(Buffer.concat([Buffer.of(3), Buffer.alloc(31)]));
    expect(after.checkPassword(MenuUser.Operator, Buffer.from('123456'))).toBe(0);
    expect(after.checkPassword(MenuUser.Operator, Buffer.from('654321'))).toBe(1);
    expect(after.checkPassword(MenuUser.Administrator, Buffer.from('sesame-0'))).toBe(0);
    expect(after.checkPassword(MenuUser.Administrator, Buffer.from('123456'))).toBe(1);
    after.setPasswords(Buffer.alloc(0), Buffer.alloc(0));
    expect([MenuUser.Operator, MenuUser.Administrator].map((who) => store().hasPassword(who))).toEqual([false, false]);
  });

  it('checks a password with the rounds that it was set with', () => {
    store().setPasswords(Buffer.from('123456'), Buffer.from('sesame-0'));
    const slower = new KeyStore({ passwordRounds: 3, backing: new KeyFile(path) });
    expect(slower.checkPassword(MenuUser.Operator, Buffer.from('123456'))).toBe(0);
  });

  // An earlier key store had a salt for each password, and could hold one password alone.
  it('is read if an earlier build wrote it, with one password and its own salt', () => {
    const salt = Buffer.alloc(16, 0x5c);
    const hash = pbkdf2Sync('123456', salt, 5, 32, 'sha256');
    const passwords = new Map([[MenuUser.Operator, { salt, rounds: 5, hash }]]);
    new KeyFile(path).write({ keys: new Map(), registers: new Map(), passwords });
    expect(store().checkPassword(MenuUser.Operator, Buffer.from('123456'))).toBe(0);
    expect(store().checkPassword(MenuUser.Operator, Buffer.from('654321'))).toBe(1);
    expect(store().hasPassword(MenuUser.Administrator)).toBe(false);
    store().setPasswords(Buffer.from('654321'), Buffer.from('sesame-0'));
    expect(store().checkPassword(MenuUser.Operator, Buffer.from('654321'))).toBe(0);
    expect(store().checkPassword(MenuUser.Operator, Buffer.from('123456'))).toBe(1);
  });

  it.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o644, 0o620, 0o666])(
    'is refused with mode %o',
    (mode) => {
      store().set(KeySlot.Root, KEY);
      chmodSync(path, mode);
      expect(store).toThrow(missing);
      expect(store).toThrow(`chmod 600 ${path}`);
      chmodSync(path, 0o600);
      expect(store().has(KeySlot.Root)).toBe(true);
    },
  );

  it('is refused if it is not a key file, and left as it is', () => {
    new KeyFile(path).write(fullest());
    const good = readFileSync(path);
    const others: Buffer[] = [
      Buffer.from('{}'),
      Buffer.from('not a key store\n'),
      Buffer.alloc(2 * COPY),
      Buffer.alloc(2 * COPY, ' '),
      good.subarray(0, COPY - 1),
      good.subarray(1),
      Buffer.from(good.toString('latin1').replaceAll('"keys"', '"kegs"'), 'latin1'),
    ];
    for (const other of others) {
      writeFileSync(path, other, { mode: 0o600 });
      expect(store).toThrow(missing);
      expect(store).toThrow('Move it');
      expect(readFileSync(path).equals(other)).toBe(true);
    }
  });

  it('is refused if it cannot be read', () => {
    mkdirSync(path, { mode: 0o700 });
    expect(store).toThrow(missing);
  });

  it('makes changes fail with a device error if it cannot be written', () => {
    path = join(dir, 'no', 'such', 'folder', 'till.keys');
    const keys = store();
    expect(keys.generate(KeySlot.Root)).toBe(HalError.Device);
    expect(keys.setRegister(Register.Anchor, KEY)).toBe(HalError.Device);
    expect(keys.has(KeySlot.Root)).toBe(false);
    expect(registerOf(keys)).toEqual(Buffer.alloc(32));
  });
});

describe('a key file whose write is cut', () => {
  let before: Buffer;
  let after: Buffer;

  beforeEach(() => {
    const keys = store().set(KeySlot.Root, KEY);
    keys.setRegister(Register.Anchor, Buffer.alloc(32, 1));
    before = readFileSync(path);
    keys.setRegister(Register.Anchor, Buffer.alloc(32, 2));
    after = readFileSync(path);
  });

  /**
   * The first byte of the register in a file with this content. It is read twice, because the
   * first reading repairs the copies.
   */
  function found(file: Buffer): number | undefined {
    writeFileSync(path, file, { mode: 0o600 });
    const keys = store();
    expect(keys.has(KeySlot.Root)).toBe(true);
    const repaired = readFileSync(path);
    expect(repaired.subarray(0, COPY).equals(repaired.subarray(COPY))).toBe(true);
    expect(registerOf(store())).toEqual(registerOf(keys));
    return registerOf(keys)[0];
  }

  it('has the old state or the new one, wherever the cut was', () => {
    const results: (number | undefined)[] = [];
    for (let bytes = 0; bytes <= 2 * COPY; bytes += 64) {
      results.push(found(Buffer.concat([after.subarray(0, bytes), before.subarray(bytes)])));
    }
    expect(results).toEqual([...results].sort());
    expect([results[0], results[COPY / 64], results.at(-1)]).toEqual([1, 2, 2]);
  });

  it('has both old passwords or both new ones, wherever the cut was', () => {
    const people = [MenuUser.Operator, MenuUser.Administrator];
    const passwords = [
      ['123456', 'sesame-0'],
      ['654321', 'sesame-1'],
    ].map((both) => both.map((password) => Buffer.from(password)));
    const files = passwords.map(([operator = KEY, admin = KEY]) => {
      store().setPasswords(operator, admin);
      return readFileSync(path);
    });
    const [old = before, renewed = after] = files;
    const results: (boolean | undefined)[] = [];
    for (let bytes = 0; bytes <= 2 * COPY; bytes += 64) {
      writeFileSync(path, Buffer.concat([renewed.subarray(0, bytes), old.subarray(bytes)]), { mode: 0o600 });
      const keys = store();
      const states = passwords.map((both) => both.map((password, i) => keys.checkPassword(people[i] ?? 0, password)));
      expect([
        [
          [0, 0],
          [1, 1],
        ],
        [
          [1, 1],
          [0, 0],
        ],
      ]).toContainEqual(states);
      results.push(states[1]?.[0] === 0);
    }
    expect([results[0], results.at(-1)]).toEqual([false, true]);
  });

  it('has the state of one copy if the other one holds random bytes', () => {
    const random = seededRandom(4096);
    for (let round = 0; round < 20; round++) {
      const noise = Buffer.from(Array.from({ length: COPY }, () => Math.floor(random() * 256)));
      const length = Math.floor(random() * COPY);
      expect(found(Buffer.concat([noise, before.subarray(COPY)]))).toBe(1);
      expect(found(Buffer.concat([after.subarray(0, COPY), noise]))).toBe(2);
      expect(found(Buffer.concat([after.subarray(0, COPY), noise.subarray(0, length)]))).toBe(2);
    }
  });

  it('counts as a new one if it is empty', () => {
    writeFileSync(path, '', { mode: 0o600 });
    const keys = store();
    expect(keys.has(KeySlot.Root)).toBe(false);
    expect(store().set(KeySlot.Root, KEY).has(KeySlot.Root)).toBe(true);
    expect(store().has(KeySlot.Root)).toBe(true);
  });

  it('is read even if a file is left over beside it', () => {
    writeFileSync(`${path}.new`, 'left over');
    expect(store().has(KeySlot.Root)).toBe(true);
  });
});
