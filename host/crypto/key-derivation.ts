import { systemCrypto } from '#crypto';
import { Size } from '../../assembly/protocol.js';
import { latin1, toHex } from '../bytes.js';
import type { Crypto } from './crypto.js';

// How keys come of keys: docs/SECURITY.md, "Keys". All have 32 bytes.

const NOTHING = new Uint8Array(0);

/** The master key of one terminal (TMK), of the acquirer's. */
export function terminalKey(master: Uint8Array, serial: string): Uint8Array {
  return derive(master, `octobind tmk 1 ${serial}`);
}

/** The key with which a terminal proves its cards, of its TMK. */
export function verifyKey(tmk: Uint8Array): Uint8Array {
  return derive(tmk, 'octobind verify 1');
}

/** What is shown of a key (KCV) so that people can compare it: three bytes, in hexadecimal. */
export function checkValue(key: Uint8Array): string {
  return checkValueBy(systemCrypto, key);
}

/** The same, for code that is handed its cryptography. */
export function checkValueBy(crypto: Crypto, key: Uint8Array): string {
  return toHex(crypto.hmac(key, latin1('octobind kcv 1')).subarray(0, Size.CheckValue));
}

/** The key of two components. */
export function combine(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Uint8Array.from(one, (byte, i) => byte ^ (other[i] ?? 0));
}

/** Two components of a key: random, so that neither alone says anything of it. */
export function split(crypto: Crypto, key: Uint8Array): [Uint8Array, Uint8Array] {
  const one = crypto.randomBytes(Size.Key);
  return [one, combine(key, one)];
}

function derive(key: Uint8Array, info: string): Uint8Array {
  return systemCrypto.hkdf(key, NOTHING, latin1(info), Size.Key);
}
