import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../host/bytes.js';
import { systemCrypto as noble } from '../../host/crypto/noble.js';
import { systemCrypto as node } from '../../host/crypto/node.js';
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
const NOTHING = new Uint8Array(0);
const hex = (text = ''): Buffer => Buffer.from(text, 'hex');

const cases = vectors.flatMap((vector) => [
  { ...vector, by: 'node:crypto', crypto: node },
  { ...vector, by: '@noble', crypto: noble },
]);

describe.each(cases)('$protocol_name by $by', ({ crypto, ...vector }) => {
  const begin = (ephemeral = hex(vector.init_ephemeral)): Handshake =>
    new Handshake(hex(vector.init_prologue), hex(vector.init_psks[0]), crypto, ephemeral);
  const [first, second, ...transport] = vector.messages;

  it('makes the published messages', () => {
    const handshake = begin();
    expect(toHex(handshake.first(hex(first?.payload)))).toBe(first?.ciphertext);
    const ended = handshake.second(hex(second?.ciphertext));
    if (!ended) throw new Error('the second message is not authentic');
    expect(toHex(ended.payload)).toBe(second?.payload);
    expect(toHex(ended.keys.hash)).toBe(vector.handshake_hash);
    // The initiator sends the first of these messages; then both sides take turns.
    transport.forEach(({ payload, ciphertext }, index) => {
      const nonce = nonceOf(index >> 1);
      const key = index % 2 === 0 ? ended.keys.send : ended.keys.receive;
      expect(toHex(crypto.seal(key, nonce, NOTHING, hex(payload)))).toBe(ciphertext);
      expect(crypto.open(key, nonce, NOTHING, hex(ciphertext))).toEqual(fromHex(payload));
    });
  });

  it('refuses a second message with any bit changed, or cut short', () => {
    const message = hex(second?.ciphertext);
    for (let bit = 0; bit < message.length * 8; bit++) {
      const handshake = begin();
      handshake.first(hex(first?.payload));
      const spoiled = Buffer.from(message);
      spoiled[bit >> 3] = (spoiled[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(handshake.second(spoiled)).toBeUndefined();
    }
    for (let bytes = 0; bytes < message.length; bytes++) {
      const handshake = begin();
      handshake.first(hex(first?.payload));
      expect(handshake.second(message.subarray(0, bytes))).toBeUndefined();
    }
  });

  it('wipes its private key', () => {
    const ephemeral = hex(vector.init_ephemeral);
    const handshake = begin(ephemeral);
    handshake.first();
    handshake.second(hex(second?.ciphertext));
    expect(ephemeral.every((byte) => byte === 0)).toBe(true);
  });
});
