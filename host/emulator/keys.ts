import { createHmac } from 'node:crypto';
import { KeySlot } from '../../assembly/protocol.js';

/** Keys behind numbers, as in a secure element: they can be used and set, and there is no way to read one. */
export class KeyStore {
  readonly #keys = new Map<number, Buffer>();

  set(slot: KeySlot, key: Uint8Array): this {
    this.#keys.set(slot, Buffer.from(key));
    return this;
  }

  /** HMAC-SHA256 (RFC 2104), 32 bytes, or nothing where the slot has no key. */
  hmac(slot: number, message: Uint8Array): Uint8Array | undefined {
    const key = this.#keys.get(slot);
    return key && createHmac('sha256', key).update(message).digest();
  }
}
