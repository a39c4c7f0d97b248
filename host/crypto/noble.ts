import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { equalBytes } from '@noble/ciphers/utils.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { randomBytes } from '@noble/hashes/utils.js';
import { checked, type Crypto } from './crypto.js';

/** The cryptography for browsers. WebCrypto does not fit, because it is asynchronous. */
export const systemCrypto: Crypto = checked({
  randomBytes: (length) => randomBytes(length),
  sha256: (message) => sha256(message),
  hmac: (key, message) => hmac(sha256, key, message),
  hkdf: (input, salt, info, length) => hkdf(sha256, input, salt, info, length),
  pbkdf2: (password, salt, iterations, length) => pbkdf2(sha256, password, salt, { c: iterations, dkLen: length }),
  x25519Public: (privateKey) => x25519.getPublicKey(privateKey),
  // The lengths were checked. So the next two throw only for a point of low order, or for bytes
  // that are not authentic.
  x25519: (privateKey, peer) => orUndefined(() => x25519.getSharedSecret(privateKey, peer)),
  open: (key, nonce, ad, sealed) => orUndefined(() => chacha20poly1305(key, nonce, ad).decrypt(sealed)),
  seal: (key, nonce, ad, plaintext) => chacha20poly1305(key, nonce, ad).encrypt(plaintext),
  timingSafeEqual: (one, other) => equalBytes(one, other),
});

function orUndefined<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
