import { Size } from '../../assembly/protocol.js';

/**
 * The cryptography that host and emulator need. It is synchronous because the HAL's imports are
 * (docs/HAL.md). Every result is a plain Uint8Array that the caller may wipe. No argument is
 * changed or kept. Every implementation throws the same RangeError for an argument of a wrong
 * length.
 */
export interface Crypto {
  /** Unpredictable bytes, at most 65,536. */
  randomBytes(length: number): Uint8Array;
  /** SHA-256 (FIPS 180-4), 32 bytes. */
  sha256(message: Uint8Array): Uint8Array;
  /** HMAC-SHA256 (RFC 2104), 32 bytes. */
  hmac(key: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * HKDF-SHA256 (RFC 5869), 1 to 8,160 bytes. For no salt or no info, pass empty arrays. The info
   * has at most 1,024 bytes.
   */
  hkdf(input: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** PBKDF2-HMAC-SHA256 (RFC 8018), at least 1 iteration and 1 byte. */
  pbkdf2(password: Uint8Array, salt: Uint8Array, iterations: number, length: number): Uint8Array;
  /** The X25519 public key (RFC 7748) of 32 private bytes. */
  x25519Public(privateKey: Uint8Array): Uint8Array;
  /**
   * The X25519 shared secret (RFC 7748), 32 bytes. Undefined if it would be all zeros, because the
   * peer's point has a low order.
   */
  x25519(privateKey: Uint8Array, peer: Uint8Array): Uint8Array | undefined;
  /** ChaCha20-Poly1305 (RFC 8439): the ciphertext with its 16-byte tag. The nonce has 12 bytes. */
  seal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The reverse of `seal`. Undefined if the bytes are not authentic. */
  open(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Compares in a time that depends only on the lengths. */
  timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean;
}

const KEY_BYTES: number = Size.Key;
const NONCE_BYTES: number = Size.AeadNonce;
const TAG_BYTES: number = Size.AeadTag;
/** Limit of WebCrypto's getRandomValues. */
const RANDOM_MAX = 65_536;
/** Limit of HKDF: 255 hash blocks (RFC 5869, 2.3). */
const HKDF_MAX = 255 * 32;
/** Limit of Node's HKDF. */
const INFO_MAX = 1024;
/** Limit of Node's PBKDF2: a signed 32-bit number. */
const PBKDF2_MAX = 2 ** 31 - 1;

/** Checks all lengths before the implementation runs: libraries throw other errors, or none. */
export function checked(crypto: Crypto): Crypto {
  return {
    ...crypto,
    randomBytes(length) {
      check('random bytes', length, 0, RANDOM_MAX);
      return crypto.randomBytes(length);
    },
    hkdf(input, salt, info, length) {
      check('bytes of HKDF info', info.length, 0, INFO_MAX);
      check('bytes from HKDF', length, 1, HKDF_MAX);
      return crypto.hkdf(input, salt, info, length);
    },
    pbkdf2(password, salt, iterations, length) {
      check('PBKDF2 iterations', iterations, 1, PBKDF2_MAX);
      check('bytes from PBKDF2', length, 1, PBKDF2_MAX);
      return crypto.pbkdf2(password, salt, iterations, length);
    },
    x25519Public(privateKey) {
      check('bytes of an X25519 private key', privateKey.length, KEY_BYTES);
      return crypto.x25519Public(privateKey);
    },
    x25519(privateKey, peer) {
      check('bytes of an X25519 private key', privateKey.length, KEY_BYTES);
      check('bytes of an X25519 public key', peer.length, KEY_BYTES);
      return crypto.x25519(privateKey, peer);
    },
    seal(key, nonce, ad, plaintext) {
      check('bytes of an AEAD key', key.length, KEY_BYTES);
      check('bytes of an AEAD nonce', nonce.length, NONCE_BYTES);
      return crypto.seal(key, nonce, ad, plaintext);
    },
    open(key, nonce, ad, sealed) {
      check('bytes of an AEAD key', key.length, KEY_BYTES);
      check('bytes of an AEAD nonce', nonce.length, NONCE_BYTES);
      check('sealed bytes', sealed.length, TAG_BYTES, Infinity);
      return crypto.open(key, nonce, ad, sealed);
    },
    timingSafeEqual(one, other) {
      return one.length === other.length && crypto.timingSafeEqual(one, other);
    },
  };
}

function check(what: string, count: number, least: number, most = least): void {
  if (count >= least && count <= most && Number.isInteger(count)) return;
  const range = least === most ? String(least) : most === Infinity ? `${least} or more` : `${least} to ${most}`;
  throw new RangeError(`${count} ${what}; allowed: ${range}`);
}
