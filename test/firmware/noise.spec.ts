import * as hal from '../../assembly/hal';
import { KeySlot } from '../../assembly/protocol';
import {
  endHandshake,
  handshakeHash,
  OVERHEAD,
  PAYLOAD_MAX,
  readFirst,
  secondPayload,
  startHandshake,
  writeSecond,
} from '../../assembly/session/noise';
import { hex, SCRATCH, unhex } from './text';

// The vector of the cacophony project for Noise_NNpsk0_25519_ChaChaPoly_SHA256, copied from the
// snow project (tests/vectors/cacophony.txt). Every key that the key store of these tests
// generates is the responder's ephemeral key of the vector (as-pect.config.js).
const PROLOGUE = '4a6f686e2047616c74';
const PSK = '54686973206973206d7920417573747269616e20706572737065637469766521';
const FIRST =
  'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c794479b962b8aff8485742ac32f905ba45369e2465fb59e138a93d67a0d1266b6a54';
const FIRST_PAYLOAD = '4c756477696720766f6e204d69736573';
const SECOND_PAYLOAD = '4d757272617920526f746862617264';
const SECOND =
  '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843d6062704d5a9c422a8e834423f8c1feada7e8d0d910a1a2cd030fb584221e3';
const HASH = 'f4d03dc34495c95729ea6de9e1b59004b59733102488b3e24bc441e0be208eaf';
/** Messages from the host with nonces 0 and 1, and the replies. */
const RECEIVED = ['462e20412e20486179656b', '4a65616e2d426170746973746520536179'];
const RECEIVED_SEALED = [
  'e632c3763d7669067383433197a3baddf146e9e70ad4b4e9e59e0f',
  'e2fa0bed0603b62d3ccac2ecabbf3fe33f3e86514909b323361626266cb2471cc8',
];
const SENT = ['4361726c204d656e676572', '457567656e2042f6686d20766f6e2042617765726b'];
const SENT_SEALED = [
  '64c6bee32ea91c8474bb4c21d7a700109ad45af77b29764ba5eb1e',
  '0c01dc9cec1fe4ddd692e8dd32188aa351088dc91183639a53b57aa4692b5ebdef8b8ca111',
];

const MESSAGE: usize = SCRATCH;
const NONCE: usize = SCRATCH + 1024;

function begin(): void {
  unhex(PSK, SCRATCH);
  hal.key_load(KeySlot.Master, SCRATCH);
  expect(startHandshake(SCRATCH, unhex(PROLOGUE, SCRATCH))).toBe(true);
}

function finish(): void {
  const payload = unhex(SECOND_PAYLOAD, secondPayload(MESSAGE));
  const bytes = writeSecond(MESSAGE, payload, KeySlot.FirstReceive, KeySlot.FirstSend);
  expect(hex(MESSAGE, bytes)).toBe(SECOND);
}

describe('Noise_NNpsk0_25519_ChaChaPoly_SHA256', () => {
  afterEach(() => {
    endHandshake();
    hal.key_erase(KeySlot.Master);
  });

  it('replies to the published handshake, byte for byte', () => {
    begin();
    const payload = readFirst(MESSAGE, unhex(FIRST, MESSAGE));
    expect(hex(MESSAGE + 32, payload)).toBe(FIRST_PAYLOAD);
    finish();
    expect(hex(handshakeHash(), 32)).toBe(HASH);
  });

  it('derives keys that open and seal the published messages', () => {
    begin();
    readFirst(MESSAGE, unhex(FIRST, MESSAGE));
    finish();
    memory.fill(NONCE, 0, 12);
    for (let i = 0; i < 2; i++) {
      store<u8>(NONCE + 4, i);
      const bytes = unhex(RECEIVED_SEALED[i], MESSAGE);
      expect(hal.aead_open(KeySlot.FirstReceive, NONCE, 0, 0, MESSAGE, bytes)).toBe(0);
      expect(hex(MESSAGE, bytes - 16)).toBe(RECEIVED[i]);
      const sent = unhex(SENT[i], MESSAGE);
      hal.aead_seal(KeySlot.FirstSend, NONCE, 0, 0, MESSAGE, sent);
      expect(hex(MESSAGE, sent + 16)).toBe(SENT_SEALED[i]);
    }
  });

  it('refuses a first message with any bit changed, or made with another key or prologue', () => {
    const bytes = unhex(FIRST, MESSAGE);
    for (let bit = 0; bit < bytes * 8; bit++) {
      begin();
      unhex(FIRST, MESSAGE);
      const at = MESSAGE + (bit >> 3);
      const mask: u32 = 1 << (bit & 7);
      store<u8>(at, load<u8>(at) ^ mask);
      // X25519 ignores the highest bit of a public key (RFC 7748, section 5); the handshake hash
      // covers it.
      expect(readFirst(MESSAGE, bytes)).toBe(-1);
    }
    begin();
    startHandshake(SCRATCH, 8);
    expect(readFirst(MESSAGE, unhex(FIRST, MESSAGE))).toBe(-1);
    begin();
    unhex(PROLOGUE, SCRATCH);
    hal.key_generate(KeySlot.Master);
    startHandshake(SCRATCH, 9);
    expect(readFirst(MESSAGE, unhex(FIRST, MESSAGE))).toBe(-1);
  });

  it('refuses a first message that is too short or too long', () => {
    for (let bytes = 0; bytes < OVERHEAD; bytes++) {
      begin();
      unhex(FIRST, MESSAGE);
      expect(readFirst(MESSAGE, bytes)).toBe(-1);
    }
    begin();
    expect(readFirst(MESSAGE, OVERHEAD + PAYLOAD_MAX + 1)).toBe(-1);
  });

  it('refuses a public key that makes the shared secret all zeros', () => {
    begin();
    readFirst(MESSAGE, unhex(FIRST, MESSAGE));
    // A first message of zeros is not authentic, but its public key, all zeros, stays in memory.
    // The second message meets it there, as it would behind an authentic first one.
    hal.key_erase(KeySlot.Shared);
    begin();
    memory.fill(MESSAGE, 0, 64);
    expect(readFirst(MESSAGE, 48)).toBe(-1);
    expect(writeSecond(MESSAGE, 0, KeySlot.FirstReceive, KeySlot.FirstSend)).toBe(-1);
  });

  it('does not begin without a key', () => {
    expect(startHandshake(SCRATCH, 0)).toBe(false);
  });
});
