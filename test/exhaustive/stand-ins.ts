// Replaces the HAL's keys and cryptography, on which the store does not depend: sealed bytes stay
// readable, and a handshake succeeds without being one. What the store depends on is real: a
// digest tells two tables apart, a tag tells where its record belongs, registers are durable.
import { HalError, Size } from '../../assembly/protocol.js';
import type { HalImports } from '../../host/emulator/hal.js';
import type { Durable } from './flash.js';

const PLAIN_TAG = new Uint8Array(Size.AeadTag).fill(0xa5);
const TAG_BYTES: number = Size.AeadTag;
const done = (): number => 0;
const present = (): number => 1;

const DIGEST_WORDS = new Int32Array(Size.Key >> 2);
const DIGEST = new Uint8Array(DIGEST_WORDS.buffer);

/**
 * Two multiplicative hashes of 32 bits, spread over the 32 bytes of `DIGEST`. Reads words if the
 * bytes are aligned to them: most of the time in this file goes into a table's digest.
 */
function digest(memory: Uint8Array, ptr: number, length: number, seed: number): Uint8Array {
  let a = 0x811c9dc5 ^ seed;
  let b = 0x9e3779b9;
  const aligned = ((ptr | length) & 3) === 0;
  const parts = aligned ? wordsOf(memory) : memory;
  const end = aligned ? (ptr + length) >> 2 : ptr + length;
  for (let i = aligned ? ptr >> 2 : ptr; i < end; i++) {
    const part = parts[i] ?? 0;
    a = Math.imul(a ^ part, 0x01000193);
    a ^= a >>> 13;
    b = Math.imul(b ^ part, 0x85ebca6b);
    b ^= b >>> 15;
  }
  for (let i = 0; i < DIGEST_WORDS.length; i += 2) {
    DIGEST_WORDS[i] = i === 2 ? a ^ (b << 7) : a;
    DIGEST_WORDS[i + 1] = i === 2 ? b ^ (a >>> 5) : b;
  }
  return DIGEST;
}

/** Memories as words. A machine's memory never moves. */
const views = new WeakMap<Uint8Array, Int32Array>();

function wordsOf(memory: Uint8Array): Int32Array {
  let words = views.get(memory);
  if (!words) views.set(memory, (words = new Int32Array(memory.buffer, 0, memory.length >> 2)));
  return words;
}

export interface StandIns {
  /** Random bytes begin anew, so that a case is the same each time. */
  readonly restart: () => void;
  readonly imports: Partial<HalImports>;
}

/** `flash` returns the flash at hand, with the registers of its terminal. */
export function standIns(memory: () => Uint8Array, flash: () => Durable): StandIns {
  const at = (ptr: number, length: number): Uint8Array => memory().subarray(ptr, ptr + length);
  let noise = 1;
  return {
    restart: () => {
      noise = 1;
    },
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
        const end = ptr + length - TAG_BYTES;
        let good = true;
        for (let i = 0; i < TAG_BYTES; i++) good &&= bytes[end + i] === tag[i];
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

/**
 * Sixteen bytes. The associated data of the handshake is longer than these, and nobody here knows
 * it.
 */
export function tagOf(place: Uint8Array): Uint8Array {
  if (place.length === 0 || place.length >= TAG_BYTES) return PLAIN_TAG;
  const tag = PLAIN_TAG.slice();
  tag.set(place);
  return tag;
}
