import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { open, seal } from '../../host/crypto.js';
import { Handshake, nonceOf } from '../../host/session/noise.js';

interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks: [string];
  readonly init_ephemeral: string;
  readonly handshake_hash: string;
  readonly messages: { readonly payload: string; readonly ciphertext: string }[];
}
const { vectors } = JSON.parse(readFileSync(new URL('../vectors/noise.json', import.meta.url), 'utf8')) as {
  vectors: Vector[];
};
const hex = (text = ''): Buffer => Buffer.from(text, 'hex');

function begin(vector: Vector): Handshake {
  return new Handshake(hex(vector.init_prologue), hex(vector.init_psks[0]), hex(vector.init_ephemeral));
}

describe.each(vectors)('$protocol_name', (vector) => {
  const [first, second, ...transport] = vector.messages;

  it('makes the published messages', () => {
    const handshake = begin(vector);
    expect(handshake.first(hex(first?.payload)).toString('hex')).toBe(first?.ciphertext);
    const ended = handshake.second(hex(second?.ciphertext));
    expect(ended?.payload.toString('hex')).toBe(second?.payload);
    expect(ended?.keys.hash.toString('hex')).toBe(vector.handshake_hash);
    if (!ended) return;
    // The initiator sends the first of them, and then they take turns.
    transport.forEach(({ payload, ciphertext }, index) => {
      const nonce = nonceOf(index >> 1);
      const key = index % 2 === 0 ? ended.keys.send : ended.keys.receive;
      expect(seal(key, nonce, Buffer.alloc(0), hex(payload)).toString('hex')).toBe(ciphertext);
      expect(open(key, nonce, Buffer.alloc(0), hex(ciphertext))?.toString('hex')).toBe(payload);
    });
  });

  it('refuses a second message in which any bit is another, or that is cut short', () => {
    const message = hex(second?.ciphertext);
    for (let bit = 0; bit < message.length * 8; bit++) {
      const handshake = begin(vector);
      handshake.first(hex(first?.payload));
      const spoiled = Buffer.from(message);
      spoiled[bit >> 3] = (spoiled[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(handshake.second(spoiled)).toBeUndefined();
    }
    for (let bytes = 0; bytes < message.length; bytes++) {
      const handshake = begin(vector);
      handshake.first(hex(first?.payload));
      expect(handshake.second(message.subarray(0, bytes))).toBeUndefined();
    }
  });

  it('wipes its private key', () => {
    const ephemeral = hex(vector.init_ephemeral);
    const handshake = new Handshake(hex(vector.init_prologue), hex(vector.init_psks[0]), ephemeral);
    handshake.first();
    handshake.second(hex(second?.ciphertext));
    expect(ephemeral.every((byte) => byte === 0)).toBe(true);
  });
});
