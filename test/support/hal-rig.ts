import { createHmac } from 'node:crypto';
import { afterEach, describe, expect } from 'vitest';
import { Size } from '../../assembly/protocol.js';
import { systemCrypto as noble } from '../../host/crypto/noble.js';
import { systemCrypto as node } from '../../host/crypto/node.js';
import { EmulatedHal, type HalDevice, MEMORY, NativeHal } from './hal-devices.js';
import { onBoard } from './tools.js';

/** Bytes of a key. */
export const KEY: number = Size.Key;
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest();

/** A key of 32 equal bytes. */
export const filled = (byte: number): Buffer => Buffer.alloc(KEY, byte);
export const [A, B, C] = [filled(0xa1), filled(0xb2), filled(0xc3)];

/**
 * Calls the imports of docs/HAL.md on a memory of its own, with arguments one behind the other.
 */
export class Rig {
  readonly memory = new Uint8Array(MEMORY);
  #end = 0;

  constructor(readonly device: HalDevice) {}

  call(name: string, ...args: number[]): number {
    return this.device.call(name, args, this.memory);
  }

  /** Puts bytes into memory, behind those since the last `reset`. Returns their address. */
  at(bytes: Uint8Array): number {
    const ptr = this.#end;
    this.memory.set(bytes, ptr);
    this.#end += bytes.length;
    return ptr;
  }

  /** Makes room for the output of an import, filled with ee. Returns its address. */
  room(bytes: number = KEY): number {
    return this.at(new Uint8Array(bytes).fill(0xee));
  }

  reset(): this {
    this.#end = 0;
    return this;
  }

  read(ptr: number, bytes: number = KEY): Buffer {
    return Buffer.from(this.memory.slice(ptr, ptr + bytes));
  }

  load(slot: number, key: Uint8Array): this {
    expect(this.reset().call('key_load', slot, this.at(key))).toBe(0);
    return this;
  }

  hmac(slot: number, message: Uint8Array): Buffer {
    this.reset();
    const [ptr, out] = [this.at(message), this.room()];
    expect(this.call('hmac_sha256', slot, ptr, message.length, out)).toBe(0);
    return this.read(out);
  }

  publicKey(slot: number): Buffer {
    const out = this.reset().room();
    expect(this.call('x25519_public', slot, out)).toBe(0);
    return this.read(out);
  }

  /** Puts the secret that is shared with a peer into a slot. Returns the result. */
  agree(slot: number, peer: Uint8Array, to: number): number {
    return this.reset().call('x25519', slot, this.at(peer), to);
  }

  /** Returns the result, and the bytes that are now in the places of plaintext and tag. */
  seal(slot: number, nonce: Uint8Array, ad: Uint8Array, plain: Uint8Array): [result: number, bytes: Buffer] {
    this.reset();
    const [n, a, ptr] = [this.at(nonce), this.at(ad), this.at(plain)];
    this.room(Size.AeadTag);
    const result = this.call('aead_seal', slot, n, a, ad.length, ptr, plain.length);
    return [result, this.read(ptr, plain.length + Size.AeadTag)];
  }

  /** Returns the result, and the bytes that are now in the place of ciphertext and tag. */
  open(slot: number, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): [result: number, bytes: Buffer] {
    this.reset();
    const [n, a, ptr] = [this.at(nonce), this.at(ad), this.at(sealed)];
    const result = this.call('aead_open', slot, n, a, ad.length, ptr, sealed.length);
    return [result, this.read(ptr, sealed.length)];
  }

  /** Expects this key in a slot. No import reads a key, so a MAC under it must tell. */
  holds(slot: number, key: Uint8Array): this {
    const message = Buffer.from('which key is this');
    expect(text(this.hmac(slot, message))).toBe(text(hmac(key, message)));
    return this;
  }

  /** Expects slots without a key. */
  lacks(...slots: number[]): this {
    for (const slot of slots) expect([slot, this.call('key_present', slot)]).toEqual([slot, 0]);
    return this;
  }
}

/** Declares the same tests for each implementation of the imports. */
export function onEveryHal(name: string, tests: (rig: () => Rig) => void): void {
  describe(`${name}, by node:crypto`, () => withRigs(() => new EmulatedHal(node), tests));
  describe(`${name}, by @noble`, () => withRigs(() => new EmulatedHal(noble), tests));
  onBoard(`${name}, by the C of the boards`, () => withRigs(() => new NativeHal(), tests), 'hal');
}

/** Gives tests a function that makes rigs, and closes the devices behind each test. */
function withRigs(make: () => HalDevice, tests: (rig: () => Rig) => void): void {
  const devices: HalDevice[] = [];
  afterEach(() => {
    for (const device of devices.splice(0)) device.close();
  });
  tests(() => {
    const device = make();
    devices.push(device);
    return new Rig(device);
  });
}
