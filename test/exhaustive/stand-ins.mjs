// Stands for the HAL's keys and cryptography, which the store does not depend on: what is sealed stays readable, and a handshake succeeds without
// one. What the store does depend on is real: digests tell two tables apart, a tag tells where its record belongs, registers are durable.
import { HalError, Size } from '../../build/assembly/protocol.js';

const PLAIN_TAG = new Uint8Array(Size.AeadTag).fill(0xa5);
const done = () => 0;
const present = () => 1;

const DIGEST_WORDS = new Int32Array(Size.Key >> 2);
const DIGEST = new Uint8Array(DIGEST_WORDS.buffer);

/**
 * Two multiplicative hashes of 32 bits, spread over the 32 bytes of `DIGEST`. Words where the bytes are some: a table's digest is most of what
 * is done here.
 */
function digest(memory, ptr, length, seed) {
  let a = 0x811c9dc5 ^ seed;
  let b = 0x9e3779b9;
  const aligned = ((ptr | length) & 3) === 0;
  const parts = aligned ? wordsOf(memory) : memory;
  const end = aligned ? (ptr + length) >> 2 : ptr + length;
  for (let i = aligned ? ptr >> 2 : ptr; i < end; i++) {
    a = Math.imul(a ^ parts[i], 0x01000193);
    a ^= a >>> 13;
    b = Math.imul(b ^ parts[i], 0x85ebca6b);
    b ^= b >>> 15;
  }
  for (let i = 0; i < DIGEST_WORDS.length; i += 2) {
    DIGEST_WORDS[i] = i === 2 ? a ^ (b << 7) : a;
    DIGEST_WORDS[i + 1] = i === 2 ? b ^ (a >>> 5) : b;
  }
  return DIGEST;
}

/** A machine's memory, which never moves, as words. */
const views = new WeakMap();
function wordsOf(memory) {
  let words = views.get(memory);
  if (!words) views.set(memory, (words = new Int32Array(memory.buffer, 0, memory.length >> 2)));
  return words;
}

/** The imports. `flash` returns the one at hand, which has the registers of its terminal. */
export function standIns(memory, flash) {
  const at = (ptr, length) => memory().subarray(ptr, ptr + length);
  let noise = 1;
  return {
    /** Random bytes begin anew at a boot, so that a case is the same each time. */
    restart: () => (noise = 1),
    imports: {
      random(ptr, length) {
        for (let i = 0; i < length; i++) {
          noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) | 0;
          memory()[ptr + i] = noise >>> 24;
        }
        return 0;
      },
      key_present: present,
      key_generate: done,
      key_load: done,
      key_combine: done,
      key_move: done,
      key_erase: done,
      key_derive: done,
      hkdf2_sha256: done,
      hkdf3_sha256: done,
      x25519_public: done,
      x25519: done,
      sha256(ptr, length, out) {
        memory().set(digest(memory(), ptr, length, 0), out);
        return 0;
      },
      hmac_sha256(slot, ptr, length, out) {
        memory().set(digest(memory(), ptr, length, slot + 1), out);
        return 0;
      },
      aead_seal(_slot, _nonce, place, placeBytes, ptr, length) {
        memory().set(tagOf(at(place, placeBytes)), ptr + length);
        return 0;
      },
      aead_open(_slot, _nonce, place, placeBytes, ptr, length) {
        const tag = tagOf(at(place, placeBytes));
        const bytes = memory();
        const end = ptr + length - Size.AeadTag;
        let good = true;
        for (let i = 0; i < Size.AeadTag; i++) good &&= bytes[end + i] === tag[i];
        bytes.fill(0, good ? end : ptr, ptr + length);
        return good ? 0 : HalError.NotAuthentic;
      },
      register_get(id, ptr, length) {
        const { registers, onRegister } = flash();
        const failure = onRegister?.('get', id) ?? 0;
        if (failure !== 0) return failure;
        at(ptr, length)
          .fill(0)
          .set(registers[id] ?? []);
        return 0;
      },
      register_set(id, ptr, length) {
        const { registers, onRegister } = flash();
        const failure = onRegister?.('set', id) ?? 0;
        if (failure === 0) registers[id] = at(ptr, length).slice();
        return failure;
      },
      passwords_set: done,
      password_present: () => 0,
      password_check: () => HalError.Absent,
    },
  };
}

/** Sixteen bytes. The handshake has associated data that is longer than these, and which nobody here knows. */
export function tagOf(place) {
  if (place.length === 0 || place.length >= Size.AeadTag) return PLAIN_TAG;
  const tag = PLAIN_TAG.slice();
  tag.set(place);
  return tag;
}
