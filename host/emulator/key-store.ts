import { systemCrypto } from '#crypto';
import { HalError, KeySlot, MenuUser, Register, Size } from '../../assembly/protocol.js';
import type { Crypto } from '../crypto/crypto.js';
import { expand } from '../crypto/expand.js';
import { OctobindError } from '../error.js';

/** What outlives the power, as its backing keeps it. */
export interface DurableState {
  /** By slot, 32 bytes each. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
  /** By `Register`, at most 32 bytes each. */
  readonly registers: ReadonlyMap<number, Uint8Array>;
  /** By `MenuUser`. */
  readonly passwords: ReadonlyMap<number, PasswordHash>;
}

/**
 * A password as it is kept: PBKDF2-HMAC-SHA256 (RFC 8018), 32 bytes of hash. The salt has 16 bytes, which both people
 * share, and a last one that is the person's number. Key files of earlier days have 16 bytes of each person's own.
 */
export interface PasswordHash {
  readonly salt: Uint8Array;
  readonly rounds: number;
  readonly hash: Uint8Array;
}

/** Where the durable part is kept. */
export interface KeyBacking {
  /** Nothing where nothing was written yet. */
  read(): DurableState | undefined;
  /**
   * Returns when the state is there, whole and durable. Throws where that failed; then the old one is there, or the
   * new one.
   */
  write(state: DurableState): void;
}

/** What a key store is made of. What is absent: it is in memory only, with system randomness. */
export interface KeyStoreOptions {
  /** In memory alone when absent. */
  readonly backing?: KeyBacking | undefined;
  /** That of the system when absent. */
  readonly crypto?: Crypto | undefined;
  /** New bytes each time, as many as it is asked for: they become the store's, which wipes them. By `crypto` when absent. */
  readonly random?: ((bytes: number) => Uint8Array) | undefined;
  /** Rounds of PBKDF2 for passwords that are set from now on. */
  readonly passwordRounds?: number | undefined;
}

/** Slots from here on are lost with the power. */
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
 * What a terminal keeps secret, as a secure element would: keys, registers and passwords. They can be used and set,
 * and there is no way to read a key or a password. Methods answer as the imports of docs/HAL.md do: below zero is a
 * `HalError`, which changed nothing.
 */
export class KeyStore {
  #keys: ReadonlyMap<number, Uint8Array>;
  #registers: ReadonlyMap<number, Uint8Array>;
  #passwords: ReadonlyMap<number, PasswordHash>;
  /** Told of all random bytes that are asked for. */
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

  /** What the whole terminal computes with, since this stands for the hardware that does. */
  get crypto(): Crypto {
    return this.#crypto;
  }

  /** A store with the same durable part, which goes its own way from here, in memory. */
  branch(): KeyStore {
    const backing = { read: () => this.durable(), write: () => undefined };
    return new KeyStore({ ...this.#options, backing });
  }

  /**
   * Fills a slot with 32 bytes, of which a copy is kept. Code: `USAGE` where there is no such slot, or the key has
   * another length.
   */
  set(slot: KeySlot, key: Uint8Array): this {
    if (this.load(slot, key) !== 0) {
      throw new OctobindError(
        'USAGE',
        `Slot ${slot} takes no key of ${key.length} bytes. Slots are 0 to 31, keys 32 bytes.`,
      );
    }
    return this;
  }

  /** The power is gone, or the terminal is reset: wipes the slots that are not durable. */
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

  /** Slot `slot` has a key. */
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

  /** Takes at most 1,024 bytes of info. */
  derive(from: number, info: Uint8Array, to: number): number {
    if (!isSlot(to) || info.length > INFO_MAX) return HalError.Argument;
    return this.#use(from, (key) => this.#change([to, this.#crypto.hkdf(key, NO_BYTES, info, KEY_BYTES)]));
  }

  /** HAL `hkdf2_sha256`. */
  hkdf2(salt: number, input: number, first: number, second: number): number {
    if (!isSlot(first) || !isSlot(second)) return HalError.Argument;
    return this.#expand(salt, input, 2, ([one, other]) => this.#change([first, one], [second, other]));
  }

  /** Answers the second 32 bytes, which are no key. */
  hkdf3(salt: number, input: number, first: number, third: number): Uint8Array | number {
    if (!isSlot(first) || !isSlot(third)) return HalError.Argument;
    return this.#expand(salt, input, 3, ([one, middle = NO_BYTES, last]) => {
      const result = this.#change([first, one], [third, last]);
      return result === 0 ? middle : result;
    });
  }

  /** HMAC-SHA256 (RFC 2104), 32 bytes. */
  hmac(slot: number, message: Uint8Array): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.hmac(key, message));
  }

  /** X25519 (RFC 7748), 32 bytes. */
  publicKey(slot: number): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.x25519Public(key));
  }

  /** `peer` has 32 bytes. */
  agree(slot: number, peer: Uint8Array, to: number): number {
    if (!isSlot(to)) return HalError.Argument;
    return this.#use(slot, (key) => {
      const secret = this.#crypto.x25519(key, peer);
      return secret ? this.#change([to, secret]) : HalError.Argument;
    });
  }

  /** The sealed bytes, and 16 of tag behind them; `nonce` has 12. */
  seal(slot: number, nonce: Uint8Array, ad: Uint8Array, bytes: Uint8Array): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.seal(key, nonce, ad, bytes));
  }

  /** The bytes that were sealed. `nonce` has 12 bytes, and `bytes` at least the tag's 16. */
  open(slot: number, nonce: Uint8Array, ad: Uint8Array, bytes: Uint8Array): Uint8Array | HalError {
    return this.#use(slot, (key) => this.#crypto.open(key, nonce, ad, bytes) ?? HalError.NotAuthentic);
  }

  /** Fills `into`; with zeros where nothing was set. */
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

  /** Sets both passwords, or forgets both if neither has a byte; in one step, as all changes. */
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

  /** `who` has a password. */
  hasPassword(who: number): boolean {
    return this.#passwords.has(who);
  }

  /** 0 it is the password, 1 it is not. */
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

  /** HKDF-SHA256 (RFC 5869) without info, of salt and input from slots: so many times 32 bytes. */
  #expand<T>(salt: number, input: number, keys: number, what: (keys: Uint8Array[]) => T): T | HalError {
    return this.#use(salt, (one) => {
      if (input === NONE) return what(expand(this.#crypto, one, NO_BYTES, keys));
      return this.#use(input, (other) => what(expand(this.#crypto, one, other, keys)));
    });
  }

  /**
   * Puts keys into slots, or takes them out, in one step, and wipes all that are in none afterwards. Their buffers
   * become the store's.
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

  /** Makes the durable part durable, with what of it is to change. */
  #write(changed: Partial<DurableState>): boolean {
    try {
      this.#options.backing?.write({ ...this.durable(), ...changed });
      return true;
    } catch {
      return false;
    }
  }

  /** What its backing keeps: the keys themselves, for a trace of the terminal. */
  durable(): DurableState {
    return { keys: durableOf(this.#keys), registers: this.#registers, passwords: this.#passwords };
  }
}

export function isSlot(slot: number): boolean {
  return slot >= 0 && slot < SLOTS;
}

// An enumeration has its numbers as keys.
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
