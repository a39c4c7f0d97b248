import { randomBytes } from 'node:crypto';
import { Size } from '../../assembly/protocol.js';
import { agree, expand, open, publicKeyOf, seal, sha256 } from '../crypto.js';

const NAME = 'Noise_NNpsk0_25519_ChaChaPoly_SHA256';
const KEY_BYTES: number = Size.Key;
const NOTHING = new Uint8Array(0);
/** Each cipher key of this pattern seals one payload, under nonce 0 (5.2). */
const NONCE = Buffer.alloc(Size.AeadNonce);

/** The keys that a handshake ends in, 32 bytes each, as the initiator uses them. */
export interface SessionKeys {
  readonly send: Buffer;
  readonly receive: Buffer;
  /** The handshake hash (11.2), the same on both sides. */
  readonly hash: Buffer;
}

/** Initiator of Noise_NNpsk0_25519_ChaChaPoly_SHA256 (noiseprotocol.org, revision 34). One object makes one handshake. */
export class Handshake {
  #chain: Buffer;
  #hash: Buffer;
  #key: Buffer;
  readonly #ephemeral: Uint8Array;

  /** `psk` is the pre-shared key, 32 bytes; `ephemeral` a private key of 32 random bytes, which the handshake wipes. */
  constructor(prologue: Uint8Array, psk: Uint8Array, ephemeral: Uint8Array = randomBytes(KEY_BYTES)) {
    this.#ephemeral = ephemeral;
    this.#hash = sha256(Buffer.from(NAME));
    this.#chain = Buffer.from(this.#hash);
    this.#mixHash(prologue);
    const [chain, hash, key] = expand(this.#chain, psk, 3) as [Buffer, Buffer, Buffer];
    this.#chain = chain;
    this.#mixHash(hash);
    this.#key = key;
  }

  /** `→ psk, e`, with a payload. */
  first(payload: Uint8Array = NOTHING): Buffer {
    const publicKey = publicKeyOf(this.#ephemeral);
    this.#mixHash(publicKey);
    this.#mixKey(publicKey);
    const sealed = seal(this.#key, NONCE, this.#hash, payload);
    this.#mixHash(sealed);
    return Buffer.concat([publicKey, sealed]);
  }

  /** Reads `← e, ee`. Answers its payload and the session's keys; nothing where it is not authentic, after which the handshake is of no use. */
  second(message: Uint8Array): { readonly payload: Buffer; readonly keys: SessionKeys } | undefined {
    if (message.length < KEY_BYTES + Size.AeadTag) return undefined;
    const remote = message.subarray(0, KEY_BYTES);
    const sealed = message.subarray(KEY_BYTES);
    this.#mixHash(remote);
    this.#mixKey(remote);
    const secret = agree(this.#ephemeral, remote);
    this.#ephemeral.fill(0);
    if (!secret) return undefined;
    this.#mixKey(secret);
    secret.fill(0);
    const payload = open(this.#key, NONCE, this.#hash, sealed);
    if (!payload) return undefined;
    this.#mixHash(sealed);
    const [send, receive] = expand(this.#chain, NOTHING, 2) as [Buffer, Buffer];
    this.#chain.fill(0);
    this.#key.fill(0);
    return { payload, keys: { send, receive, hash: this.#hash } };
  }

  #mixHash(bytes: Uint8Array): void {
    this.#hash = sha256(Buffer.concat([this.#hash, bytes]));
  }

  #mixKey(input: Uint8Array): void {
    const [chain, key] = expand(this.#chain, input, 2) as [Buffer, Buffer];
    this.#chain.fill(0);
    this.#chain = chain;
    this.#key.fill(0);
    this.#key = key;
  }
}

/** The nonce of a session's message (12.3): four zero bytes, then its number, little endian. */
export function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(Size.AeadNonce);
  nonce.writeBigUInt64LE(BigInt(number), 4);
  return nonce;
}
