import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { Size } from '../assembly/protocol.js';

// The cryptography of docs/HAL.md on bytes, by node:crypto: the host's sessions use the same.

const KEY_BYTES: number = Size.Key;
const TAG_BYTES: number = Size.AeadTag;
const EMPTY = new Uint8Array(0);

/** SHA-256 (FIPS 180-4), 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** HMAC-SHA256 (RFC 2104), 32 bytes. */
export function hmac(key: Uint8Array, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(bytes).digest();
}

/** HKDF-SHA256 (RFC 5869) without salt, over an info: 32 bytes. */
export function derive(key: Uint8Array, info: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', key, EMPTY, info, KEY_BYTES));
}

/** HKDF-SHA256 (RFC 5869) without info, as many times 32 bytes as are asked for. */
export function expand(salt: Uint8Array, input: Uint8Array, keys: number): Buffer[] {
  const bytes = Buffer.from(hkdfSync('sha256', input, salt, EMPTY, keys * KEY_BYTES));
  const parts = Array.from({ length: keys }, (_, i) => Buffer.from(bytes.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES)));
  bytes.fill(0);
  return parts;
}

/** As JSON Web Keys (RFC 8037): Node reads them in a twentieth of the time that DER takes. It asks for `x` beside `d`, and does not use it. */
function privateKey(bytes: Uint8Array): KeyObject {
  const d = Buffer.from(bytes).toString('base64url');
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x: d }, format: 'jwk' });
}

/** The X25519 public key (RFC 7748) to 32 private bytes. */
export function publicKeyOf(bytes: Uint8Array): Buffer {
  const { x = '' } = createPublicKey(privateKey(bytes)).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}

/** The X25519 secret (RFC 7748), 32 bytes; nothing where it would be all zeros. */
export function agree(bytes: Uint8Array, peer: Uint8Array): Buffer | undefined {
  const x = Buffer.from(peer).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
  const own = privateKey(bytes);
  try {
    return diffieHellman({ privateKey: own, publicKey });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_OSSL_FAILED_DURING_DERIVATION') return undefined;
    throw error;
  }
}

/** ChaCha20-Poly1305 (RFC 8439): the sealed bytes, and 16 of tag behind them. */
export function seal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(ad, { plaintextLength: bytes.length });
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

/** The reverse of `seal`; nothing where the bytes are not authentic. */
export function open(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, bytes: Uint8Array): Buffer | undefined {
  const end = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(ad, { plaintextLength: end });
  decipher.setAuthTag(bytes.subarray(end));
  const opened = decipher.update(bytes.subarray(0, end));
  try {
    decipher.final();
    return opened;
  } catch {
    opened.fill(0);
    return undefined;
  }
}
