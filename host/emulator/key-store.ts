import { systemCrypto } from '#crypto';
import { HalError, KeySlot, MenuUser, Register, Size } from '../../assembly/protocol.js';
import type { Crypto } from '../crypto/crypto.js';
import { expand } from '../crypto/expand.js';
import { counted } from '../counted.js';
import { OctobindError } from '../error.js';

/** What stays when the power goes, as the backing keeps it. */
export interface DurableState {
  /** By slot, 32 bytes each. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
  /** By `Register`, at most 32 bytes each. */
  readonly registers: ReadonlyMap<number, Uint8Array>;
  /** By `MenuUser`. */
  readonly passwords: ReadonlyMap<number, PasswordHash>;
}

/**
 * A password as it is kept: PBKDF2-HMAC-SHA256 (RFC 8018), 32 bytes of hash. The salt is 16 bytes
 * that both people share, then the number of the person. In older key files each person has 16
 * bytes, not shared.
 */
export interface PasswordHash {
  readonly salt: Uint8Array;
  readonly rounds: number;
  readonly hash: Uint8Array;
}

/** Keeps the durable part. */
export interface KeyBacking {
  /** Undefined if nothing was written yet. */
  read(): DurableState | undefined;
  /**
   * Returns when the whole state is durable. If it throws, either the old state is there or the
   * new one.
   */
  write(state: DurableState): void;
}

/** The parts of a key store. */
export interface KeyStoreOptions {
  /** Memory only when absent. */
  readonly backing?: KeyBacking | undefined;
  /** The system's cryptography when absent. */
  readonly crypto?: Crypto | undefined;
  /**
   * Returns that many new bytes each time. The store owns and wipes them. `crypto.randomBytes`
   * when absent.
   */
  readonly random?: ((bytes: number) => Uint8Array) | undefined;
  /** Rounds of PBKDF2 for passwords set from now on; 100,000 when absent. */
  readonly passwordRounds?: number | undefined;
}

/** This slot and those after it are lost with the power. */
const FIRST_VOLATILE = 8;
const SLOTS = 32;
const KEY_BYTES: number = Size.Key;
const NONE: number = KeySlot.None;
const NO_BYTES = new Uint8Array(0);
const SALT_BYTES = 16;
/** docs/HAL.md, `key_derive`. */
const INFO_MAX = 1024;

type Change = readonly [slot: number, key: Uint8Array | undefined];

/**
 * Keeps keys, registers and passwords, as a secure element would. The firmware can set and use
 * keys and passwords, but never read them. Methods return what the imports of docs/HAL.md return:
 * a number below zero is a `HalError`, and nothing has changed.
 */
export class KeyStore {
  #keys: ReadonlyMap<number, Uint8Array>;
  #registers: ReadonlyMap<number, Uint8Array>;
  #passwords: ReadonlyMap<number, PasswordHash>;
  /** Called with all random bytes that the store returns or uses. */
  onRandom: ((bytes: Uint8Array) => void) | undefined;
  readonly #options: KeyStoreOptions;
  readonly #crypto: Crypto;

  /** Throws what `backing.read` throws. */
  constructor(options: KeyStoreOptions = {}) {
    this.#options = options;
    this.#crypto = options.crypto ?? systemCrypto;
    const state = options.backing?.read();
    this.#keys = copied(state?.keys);
    this.#registers = copied(state?.registers);
    this.#passwords = new Map(state?.passwords);
  }

  /** The cryptography of the whole terminal: this class stands for the hardware that has it. */
  get crypto(): Crypto {
    return this.#crypto;
  }

  /**
   * Returns a copy of the durable part, in memory. Changes to one store do not reach the other.
   */
  branch(): KeyStore {
    const backing = { read: () => this.durable(), write: () => undefined };
    return new KeyStore({ ...this.#options, backing });
  }

  /**
   * Puts a copy of a key of 32 bytes into a slot. Code: `USAGE` if there is no such slot, or the
   * key has another length.
   */
  set(slot: KeySlot, key: Uint8Array): this {
    if (this.load(slot, key) !== 0) {
      throw new OctobindError(
        'USAGE',
        `Slot ${slot} cannot hold a key of ${counted(key.length, 'byte')}. Slots are 0 to 31; a key has 32 bytes.`,
      );
    }
    return this;
  }

  /** Wipes the slots that are not durable: the power is gone, or the terminal restarts. */
  lose(): void {
    const lost = [...this.#keys.keys()].filter((slot) => slot >= FIRST_VOLATILE);
    this.#change(...lost.map((slot): Change => [slot, undefined]));
  }

  /** Returns that many random bytes. */
  random(bytes: number): Uint8Array {
    const made = this.#options.random?.(bytes) ?? this.#crypto.randomBytes(bytes);
    this.onRandom?.(made);
    return made;
  }

  /** HAL `key_present`. */
  has(slot: number): boolean {
    return this.#keys.has(slot);
  }

  /** HAL `key_generate`. */
  generate(slot: number): number {
    return isSlot(slot) ? this.#change([slot, this.random(KEY_BYTES)]) : HalError.Argument;
  }

  /** HAL `key_load`: `key` has 32 bytes. */
  load(slot: number, key: Uint8Array): number {
    if (!isSlot(slot) || key.length !== KEY_BYTES) return HalError.Argument;
    return this.#change([slot, Uint8Array.from(key)]);
  }

  /** HAL `key_combine`. */
  combine(a: number, b: number, to: number): number {
    if (!isSlot(to)) return HalError.Argument;
    return this.#use(a, (one) =>
      this.#use(b, (other) => {
        const both = one.map((byte, i) => byte ^ (other[i] ?? 0));
        return this.#change([a, undefined], [b, undefined], [to, both]);
      }),
    );
  }

  /** HAL `key_move`. */
  move(from: number, to: number): number {
    if (!isSlot(to)) return HalError.Argument;
    return this.#use(from, (key) => this.#change([from, undefined], [to, key]));
  }

  /** HAL `key_erase`. */
  erase(slot: number): number {
    if (!isSlot(slot)) return HalError.Argument;
    return this.#keys.has(slot) ? this.#change([slot, undefined]) : 0;
  }

  /** HAL `key_derive`: `info` has at most 1,024 bytes. */
  derive(from: number, info: Uint8Array, to: number): number {
    if (!isSlot(to) || info.length > INFO_MAX) return HalError.Argument;
    return this.#use(from, (key) => this.#change([to, this.#crypto.hkdf(key, NO_BYTES, info, KEY_BYTES)]));
  }

  /** HAL `hkdf2_sha256`. */
  hkdf2(salt: number, input: number, first: number, second: number): number {
    if (!isSlot(first) || !isSlot(second)) return HalError.Argument;
    return this.#expand(salt, input, 2, ([one, other]) => this.#change([first, one], [second, other]));
  }

  /** HAL `hkdf3_sha256`. Returns the second 32 bytes, which are not a key. */
  hkdf3(salt: number, input: number, first: number, third: number): Uint8Array | number {
    if (!isSlot(first) || !isSlot(third)) return HalError.Argument;
    return this.#expand(salt, input, 3, ([one, middle = NO_BYTES, last]) => {
      const result = this.#change([first, one], [third, last]);
      return result === 0 ? middle : result;
    });
  }

  /** HAL `hmac_sha256` (RFC 2104): 32 bytes. */
  hmac(slot: number, message: Uint8Array): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.hmac(key, message));
  }

  /** HAL `x25519_public` (RFC 7748): 32 bytes. */
  publicKey(slot: number): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.x25519Public(key));
  }

  /** HAL `x25519`: `peer` has 32 bytes. */
  agree(slot: number, peer: Uint8Array, to: number): number {
    if (!isSlot(to)) return HalError.Argument;
    return this.#use(slot, (key) => {
      const secret = this.#crypto.x25519(key, peer);
      return secret ? this.#change([to, secret]) : HalError.Argument;
    });
  }

  /** HAL `aead_seal`: the sealed bytes, then the tag of 16 bytes. `nonce` has 12 bytes. */
  seal(slot: number, nonce: Uint8Array, ad: Uint8Array, bytes: Uint8Array): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.seal(key, nonce, ad, bytes));
  }

  /**
   * HAL `aead_open`: the opened bytes. `nonce` has 12 bytes; `bytes` has at least the tag's 16.
   */
  open(slot: number, nonce: Uint8Array, ad: Uint8Array, bytes: Uint8Array): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.open(key, nonce, ad, bytes) ?? HalError.NotAuthentic);
  }

  /** HAL `register_get`: fills `into`, with zeros after the bytes that were set. */
  register(id: number, into: Uint8Array): number {
    if (!isRegister(id) || into.length > KEY_BYTES) return HalError.Argument;
    const value = this.#registers.get(id) ?? NO_BYTES;
    into.fill(0).set(value.subarray(0, into.length));
    return 0;
  }

  /** HAL `register_set`: at most 32 bytes. */
  setRegister(id: number, value: Uint8Array): number {
    if (!isRegister(id) || value.length > KEY_BYTES) return HalError.Argument;
    const registers = new Map(this.#registers).set(id, Uint8Array.from(value));
    if (!this.#write({ registers })) return HalError.Device;
    this.#registers = registers;
    return 0;
  }

  /** HAL `passwords_set`: sets both passwords in one step, or forgets both if both are empty. */
  setPasswords(operator: Uint8Array, administrator: Uint8Array): number {
    if ((operator.length === 0) !== (administrator.length === 0)) return HalError.Argument;
    const passwords = new Map<number, PasswordHash>();
    if (operator.length > 0) {
      const { passwordRounds: rounds = 100_000 } = this.#options;
      const common = this.random(SALT_BYTES);
      const keep = (who: MenuUser, password: Uint8Array): void => {
        const salt = Uint8Array.of(...common, who);
        passwords.set(who, { salt, rounds, hash: this.#slowHash(password, salt, rounds) });
      };
      keep(MenuUser.Operator, operator);
      keep(MenuUser.Administrator, administrator);
    }
    if (!this.#write({ passwords })) return HalError.Device;
    this.#passwords = passwords;
    return 0;
  }

  /** HAL `password_present`. */
  hasPassword(who: number): boolean {
    return this.#passwords.has(who);
  }

  /** HAL `password_check`: 0 if it is the password, 1 if not. */
  checkPassword(who: number, password: Uint8Array): number {
    if (!isMenuUser(who)) return HalError.Argument;
    const kept = this.#passwords.get(who);
    if (!kept) return HalError.Absent;
    return this.#crypto.timingSafeEqual(this.#slowHash(password, kept.salt, kept.rounds), kept.hash) ? 0 : 1;
  }

  #slowHash(password: Uint8Array, salt: Uint8Array, rounds: number): Uint8Array {
    return this.#crypto.pbkdf2(password, salt, rounds, KEY_BYTES);
  }

  #use<T>(slot: number, what: (key: Uint8Array) => T): T | HalError {
    if (!isSlot(slot)) return HalError.Argument;
    const key = this.#keys.get(slot);
    return key ? what(key) : HalError.Absent;
  }

  /**
   * HKDF-SHA256 (RFC 5869) without info, with salt and input from slots: `keys` times 32 bytes.
   */
  #expand<T>(salt: number, input: number, keys: number, what: (keys: Uint8Array[]) => T): T | HalError {
    return this.#use(salt, (one) => {
      if (input === NONE) return what(expand(this.#crypto, one, NO_BYTES, keys));
      return this.#use(input, (other) => what(expand(this.#crypto, one, other, keys)));
    });
  }

  /**
   * Puts keys into slots, or removes them, in one step. Then wipes the keys that are in no slot
   * any more. The store owns the buffers of the keys.
   */
  #change(...changes: readonly Change[]): number {
    const next = new Map(this.#keys);
    for (const [slot, key] of changes) {
      if (key) next.set(slot, key);
      else next.delete(slot);
    }
    const durable = changes.some(([slot]) => slot < FIRST_VOLATILE);
    const done = !durable || this.#write({ keys: durableOf(next) });
    const before = this.#keys;
    if (done) this.#keys = next;
    const kept = new Set(this.#keys.values());
    for (const key of [...before.values(), ...changes.map(([, given]) => given)]) {
      if (key && !kept.has(key)) key.fill(0);
    }
    return done ? 0 : HalError.Device;
  }

  /** Writes the durable part with these changes to the backing; false if that failed. */
  #write(changed: Partial<DurableState>): boolean {
    try {
      this.#options.backing?.write({ ...this.durable(), ...changed });
      return true;
    } catch {
      return false;
    }
  }

  /** What the backing keeps, with the keys themselves: a trace of the terminal needs them. */
  durable(): DurableState {
    return { keys: durableOf(this.#keys), registers: this.#registers, passwords: this.#passwords };
  }
}

export function isSlot(slot: number): boolean {
  return slot >= 0 && slot < SLOTS;
}

// A compiled enum has its numbers as property names.
function isRegister(id: number): boolean {
  return id in Register;
}
export function isMenuUser(who: number): boolean {
  return who in MenuUser;
}

function copied(values: ReadonlyMap<number, Uint8Array> = new Map()): Map<number, Uint8Array> {
  return new Map([...values].map(([number, value]) => [number, Uint8Array.from(value)]));
}

function durableOf(keys: ReadonlyMap<number, Uint8Array>): Map<number, Uint8Array> {
  return new Map([...keys].filter(([slot]) => slot < FIRST_VOLATILE));
}
