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
  pbkdf2Sync,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto';
import { Size } from '../../assembly/protocol.js';
import { checked, type Crypto } from './crypto.js';

const AEAD = 'chacha20-poly1305';
const TAG_BYTES: number = Size.AeadTag;

/** The cryptography for Node, by node:crypto. */
export const systemCrypto: Crypto = checked({
  randomBytes: (length) => randomFillSync(new Uint8Array(length)),
  sha256: (message) => plain(createHash('sha256').update(message).digest()),
  hmac: (key, message) => plain(createHmac('sha256', key).update(message).digest()),
  hkdf: (input, salt, info, length) => new Uint8Array(hkdfSync('sha256', input, salt, info, length)),
  pbkdf2: (password, salt, iterations, length) => plain(pbkdf2Sync(password, salt, iterations, length, 'sha256')),
  x25519Public(privateKey) {
    const { x = '' } = createPublicKey(privateKeyOf(privateKey)).export({ format: 'jwk' });
    return Uint8Array.from(Buffer.from(x, 'base64url'));
  },
  x25519(privateKey, peer) {
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: base64url(peer) }, format: 'jwk' });
    const own = privateKeyOf(privateKey);
    try {
      return plain(diffieHellman({ privateKey: own, publicKey }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_OSSL_FAILED_DURING_DERIVATION') return undefined;
      throw error;
    }
  },
  seal(key, nonce, ad, plaintext) {
    const cipher = createCipheriv(AEAD, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(ad, { plaintextLength: plaintext.length });
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
    sealed.set(cipher.update(plaintext));
    // A stream cipher: `final` returns no more bytes, but it computes the tag.
    cipher.final();
    sealed.set(cipher.getAuthTag(), plaintext.length);
    return sealed;
  },
  open(key, nonce, ad, sealed) {
    const end = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(AEAD, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(ad, { plaintextLength: end });
    decipher.setAuthTag(sealed.subarray(end));
    const opened = plain(decipher.update(sealed.subarray(0, end)));
    try {
      decipher.final();
      return opened;
    } catch {
      opened.fill(0);
      return undefined;
    }
  },
  timingSafeEqual,
});

/**
 * Imports a private key as a JSON Web Key (RFC 8037), which Node reads in a twentieth of the time
 * of DER. Node requires `x` beside `d`, but does not use it.
 */
function privateKeyOf(bytes: Uint8Array): KeyObject {
  const d = base64url(bytes);
  return createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', d, x: d }, format: 'jwk' });
}

function base64url(bytes: Uint8Array): string {
  // A view, because a copy would stay in Node's pool of small buffers.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * Returns a view of the same memory, so that a wipe reaches it. A Buffer itself would behave
 * differently in places, such as `slice`.
 */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
