import { systemCrypto } from '#crypto';
import { Size } from '../../assembly/protocol.js';
import { latin1, toHex } from '../bytes.js';
import type { Crypto } from './crypto.js';

// Derivation of keys: docs/SECURITY.md, "Keys". Every key has 32 bytes.

const NOTHING = new Uint8Array(0);

/** Derives the master key (TMK) of one terminal from the acquirer's master key. */
export function terminalKey(master: Uint8Array, serial: string): Uint8Array {
  return derive(master, `octobind tmk 1 ${serial}`);
}

/** Derives the key with which a terminal proves its cards from its TMK. */
export function verifyKey(tmk: Uint8Array): Uint8Array {
  return derive(tmk, 'octobind verify 1');
}

/** The check value (KCV) by which people compare keys: three bytes, in lower-case hexadecimal. */
export function checkValue(key: Uint8Array): string {
  return checkValueBy(systemCrypto, key);
}

/** The same as `checkValue`, with the cryptography that the caller passes. */
export function checkValueBy(crypto: Crypto, key: Uint8Array): string {
  return toHex(crypto.hmac(key, latin1('octobind kcv 1')).subarray(0, Size.CheckValue));
}

/** Combines two components into their key. */
export function combine(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Uint8Array.from(one, (byte, i) => byte ^ (other[i] ?? 0));
}

/** Splits a key into two random components. One of them alone tells nothing about the key. */
export function split(crypto: Crypto, key: Uint8Array): [Uint8Array, Uint8Array] {
  const one = crypto.randomBytes(Size.Key);
  return [one, combine(key, one)];
}

function derive(key: Uint8Array, info: string): Uint8Array {
  return systemCrypto.hkdf(key, NOTHING, latin1(info), Size.Key);
}
