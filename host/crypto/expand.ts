import { Size } from '../../assembly/protocol.js';
import type { Crypto } from './crypto.js';

const KEY_BYTES: number = Size.Key;
const NOTHING = new Uint8Array(0);

/**
 * Derives 32-byte keys with HKDF-SHA256 (RFC 5869) without info. Each key has memory of its own.
 */
export function expand(crypto: Crypto, salt: Uint8Array, input: Uint8Array, keys: number): Uint8Array[] {
  const bytes = crypto.hkdf(input, salt, NOTHING, keys * KEY_BYTES);
  const parts = Array.from({ length: keys }, (_, i) => bytes.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES));
  bytes.fill(0);
  return parts;
}
