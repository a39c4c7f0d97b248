import { systemCrypto } from '#crypto';
import { Size } from '../../assembly/protocol.js';
import { concat, latin1 } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';
import { expand } from '../crypto/expand.js';

const NAME = 'Noise_NNpsk0_25519_ChaChaPoly_SHA256';
const KEY_BYTES: number = Size.Key;
const NOTHING = new Uint8Array(0);
/** Each cipher key of this pattern seals one payload, under nonce 0 (5.2). */
const NONCE = new Uint8Array(Size.AeadNonce);

/** The results of a handshake, 32 bytes each, as the initiator uses them. */
export interface SessionKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
  /** The handshake hash (11.2), the same on both sides. */
  readonly hash: Uint8Array;
}

/**
 * Initiator of Noise_NNpsk0_25519_ChaChaPoly_SHA256 (noiseprotocol.org, revision 34). One object
 * makes one handshake.
 */
export class Handshake {
  #chain: Uint8Array;
  #hash: Uint8Array;
  #key: Uint8Array;
  readonly #crypto: Crypto;
  readonly #ephemeral: Uint8Array;

  /**
   * `psk` is the pre-shared key of 32 bytes. `ephemeral` is a private key of 32 random bytes,
   * which `second` wipes.
   */
  constructor(
    prologue: Uint8Array,
    psk: Uint8Array,
    crypto = systemCrypto,
    ephemeral: Uint8Array = crypto.randomBytes(KEY_BYTES),
  ) {
    this.#crypto = crypto;
    this.#ephemeral = ephemeral;
    this.#hash = crypto.sha256(latin1(NAME));
    this.#chain = this.#hash.slice();
    this.#mixHash(prologue);
    const [chain, hash, key] = expand(crypto, this.#chain, psk, 3) as [Uint8Array, Uint8Array, Uint8Array];
    this.#chain = chain;
    this.#mixHash(hash);
    this.#key = key;
  }

  /** Returns `→ psk, e`, with a payload. */
  first(payload: Uint8Array = NOTHING): Uint8Array {
    const publicKey = this.#crypto.x25519Public(this.#ephemeral);
    this.#mixHash(publicKey);
    this.#mixKey(publicKey);
    const sealed = this.#crypto.seal(this.#key, NONCE, this.#hash, payload);
    this.#mixHash(sealed);
    return concat(publicKey, sealed);
  }

  /**
   * Reads `← e, ee`. Returns its payload and the session's keys; undefined if it is not authentic.
   * The handshake cannot go on after that.
   */
  second(message: Uint8Array): { readonly payload: Uint8Array; readonly keys: SessionKeys } | undefined {
    if (message.length < KEY_BYTES + Size.AeadTag) return undefined;
    const remote = message.subarray(0, KEY_BYTES);
    const sealed = message.subarray(KEY_BYTES);
    this.#mixHash(remote);
    this.#mixKey(remote);
    const secret = this.#crypto.x25519(this.#ephemeral, remote);
    this.#ephemeral.fill(0);
    if (!secret) return undefined;
    this.#mixKey(secret);
    secret.fill(0);
    const payload = this.#crypto.open(this.#key, NONCE, this.#hash, sealed);
    if (!payload) return undefined;
    this.#mixHash(sealed);
    const [send, receive] = expand(this.#crypto, this.#chain, NOTHING, 2) as [Uint8Array, Uint8Array];
    this.#chain.fill(0);
    this.#key.fill(0);
    return { payload, keys: { send, receive, hash: this.#hash } };
  }

  #mixHash(bytes: Uint8Array): void {
    this.#hash = this.#crypto.sha256(concat(this.#hash, bytes));
  }

  #mixKey(input: Uint8Array): void {
    const [chain, key] = expand(this.#crypto, this.#chain, input, 2) as [Uint8Array, Uint8Array];
    this.#chain.fill(0);
    this.#chain = chain;
    this.#key.fill(0);
    this.#key = key;
  }
}

/** The nonce of a session's message (12.3): four zero bytes, then its number, little endian. */
export function nonceOf(number: number): Uint8Array {
  const nonce = new Uint8Array(Size.AeadNonce);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(number), true);
  return nonce;
}
