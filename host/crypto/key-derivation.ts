import { randomBytes } from 'node:crypto';
import { Size } from '../../assembly/protocol.js';
import { derive, hmac } from '../crypto.js';

// How keys come of keys: docs/SECURITY.md, "Keys". All have 32 bytes.

/** The master key of one terminal (TMK), of the acquirer's. */
export function terminalKey(master: Uint8Array, serial: string): Buffer {
  return derive(master, Buffer.from(`octobind tmk 1 ${serial}`, 'latin1'));
}

/** The key with which a terminal proves its cards, of its TMK. */
export function verifyKey(tmk: Uint8Array): Buffer {
  return derive(tmk, Buffer.from('octobind verify 1'));
}

/** What is shown of a key (KCV) so that people can compare it: three bytes, in hexadecimal. */
export function checkValue(key: Uint8Array): string {
  return hmac(key, Buffer.from('octobind kcv 1')).toString('hex', 0, Size.CheckValue);
}

/** The key of two components. */
export function combine(one: Uint8Array, other: Uint8Array): Buffer {
  return Buffer.from(one.map((byte, i) => byte ^ (other[i] ?? 0)));
}

/** Two components of a key: random, so that neither alone says anything of it. */
export function split(key: Uint8Array): [Buffer, Buffer] {
  const one = randomBytes(Size.Key);
  return [one, combine(key, one)];
}
