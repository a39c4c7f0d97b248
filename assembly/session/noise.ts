import * as hal from '../hal';
import { KeySlot, Size } from '../protocol';
import { HANDSHAKE } from '../scratch';
import { copyRom, RomText } from '../text/rom';

// Responder of Noise_NNpsk0_25519_ChaChaPoly_SHA256 (noiseprotocol.org, revision 34). Chaining
// key, cipher key and all secrets are in the HAL. Here is what a listener may know: the handshake
// hash and public keys.

const NAME: RomText = rom('Noise_NNpsk0_25519_ChaChaPoly_SHA256');

/** Handshake hash, and behind it what is mixed into it. */
const HASH: usize = HANDSHAKE;
const MIXED: usize = HASH + Size.Key;
const MIXED_BYTES: i32 = 160;

/** Each cipher key of this pattern seals one payload, under nonce 0 (5.2). */
const NONCE: usize = memory.data(12, 4);

/** The initiator's ephemeral public key. */
const REMOTE: usize = memory.data(32, 8);

/** Bytes that a payload grows by in either message: an ephemeral public key, a tag. */
export const OVERHEAD: i32 = Size.Key + Size.AeadTag;

/** Largest payload in a handshake message, bytes. */
export const PAYLOAD_MAX: i32 = MIXED_BYTES - Size.AeadTag;

/**
 * Begins a handshake with the pre-shared key in `KeySlot.Master`. False if the HAL has none. The
 * prologue has at most 160 bytes.
 */
export function startHandshake(prologue: usize, bytes: i32): bool {
  hal.sha256(MIXED, copyRom(NAME, MIXED), HASH);
  hal.key_load(KeySlot.Chain, HASH);
  mixHash(prologue, bytes);
  return mixPresharedKey();
}

/**
 * Reads `→ psk, e`, and opens its payload in place, behind the key. Returns the payload's bytes,
 * or below zero if it is not authentic.
 */
export function readFirst(message: usize, bytes: i32): i32 {
  const payload = bytes - OVERHEAD;
  if (payload < 0 || payload > PAYLOAD_MAX) return -1;
  memory.copy(REMOTE, message, Size.Key);
  mixHash(REMOTE, Size.Key);
  mixPublicKey(REMOTE);
  return openAndHash(message + Size.Key, payload + Size.AeadTag) ? payload : -1;
}

/** Where the payload goes in a second message at `message`. */
export function secondPayload(message: usize): usize {
  return message + Size.Key;
}

/**
 * Writes `← e, ee` around a payload, and splits into a key for each direction. Returns the
 * message's bytes, or below zero for a bad key.
 */
export function writeSecond(message: usize, payload: i32, receive: i32, send: i32): i32 {
  if (hal.key_generate(KeySlot.Ephemeral) < 0 || hal.x25519_public(KeySlot.Ephemeral, message) < 0) return -1;
  mixHash(message, Size.Key);
  mixPublicKey(message);
  if (hal.x25519(KeySlot.Ephemeral, REMOTE, KeySlot.Shared) < 0) return -1;
  mixKey(KeySlot.Shared);
  sealAndHash(message + Size.Key, payload);
  return hal.hkdf2_sha256(KeySlot.Chain, KeySlot.None, receive, send) < 0 ? -1 : payload + OVERHEAD;
}

/** Forgets the handshake, however far it came. */
export function endHandshake(): void {
  for (let slot = KeySlot.Chain; slot <= KeySlot.Cipher; slot++) hal.key_erase(slot);
  memory.fill(HASH, 0, Size.Key + MIXED_BYTES);
  memory.fill(REMOTE, 0, Size.Key);
}

/** MixHash (5.2). */
function mixHash(ptr: usize, bytes: i32): void {
  assert(bytes <= MIXED_BYTES);
  memory.copy(MIXED, ptr, bytes);
  hashMixed(bytes);
}

function hashMixed(bytes: i32): void {
  hal.sha256(HASH, Size.Key + bytes, HASH);
}

/** MixKey (5.2). */
function mixKey(input: i32): void {
  hal.hkdf2_sha256(KeySlot.Chain, input, KeySlot.Chain, KeySlot.Cipher);
}

/** With a pre-shared key, public keys are mixed into the key as well (9.2). */
function mixPublicKey(ptr: usize): void {
  hal.key_load(KeySlot.Shared, ptr);
  mixKey(KeySlot.Shared);
}

/** MixKeyAndHash (5.2). */
function mixPresharedKey(): bool {
  if (hal.hkdf3_sha256(KeySlot.Chain, KeySlot.Master, KeySlot.Chain, MIXED, KeySlot.Cipher) < 0) return false;
  hashMixed(Size.Key);
  return true;
}

/** DecryptAndHash (5.2), of `bytes` with the tag, in place. */
function openAndHash(ptr: usize, bytes: i32): bool {
  // The sealed bytes are hashed, and opening overwrites them.
  memory.copy(MIXED, ptr, bytes);
  if (hal.aead_open(KeySlot.Cipher, NONCE, HASH, Size.Key, ptr, bytes) < 0) return false;
  hashMixed(bytes);
  return true;
}

/** EncryptAndHash (5.2), in place. */
function sealAndHash(ptr: usize, bytes: i32): void {
  hal.aead_seal(KeySlot.Cipher, NONCE, HASH, Size.Key, ptr, bytes);
  mixHash(ptr, bytes + Size.AeadTag);
}

/** The handshake hash (11.2), 32 bytes. */
export function handshakeHash(): usize {
  return HASH;
}
