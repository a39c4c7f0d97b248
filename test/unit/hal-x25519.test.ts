import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { expect, it } from 'vitest';
import { HalError, KeySlot } from '../../assembly/protocol.js';
import { A, B, hex, onEveryHal, text } from '../support/hal-rig.js';

const { Argument } = HalError;

/** X25519 without the code under test: Node takes the keys as DER (RFC 8410). */
function sharedSecret(scalar: Uint8Array, u: Uint8Array): Buffer {
  return diffieHellman({
    privateKey: createPrivateKey({
      key: Buffer.concat([hex('302e020100300506032b656e04220420'), scalar]),
      format: 'der',
      type: 'pkcs8',
    }),
    publicKey: createPublicKey({
      key: Buffer.concat([hex('302a300506032b656e032100'), u]),
      format: 'der',
      type: 'spki',
    }),
  });
}

onEveryHal('x25519', (rig) => {
  it.each([
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ])('gives the secret of RFC 7748, section 5.2, for scalar %s', (scalar, u, secret) => {
    const hal = rig().load(KeySlot.Ephemeral, hex(scalar));
    expect(hal.agree(KeySlot.Ephemeral, hex(u), KeySlot.Shared)).toBe(0);
    hal.holds(KeySlot.Shared, hex(secret));
  });

  it('gives the secret of RFC 7748, section 5.2, after 1 and 1,000 iterations', () => {
    const nine = Buffer.concat([Buffer.of(9), Buffer.alloc(31)]);
    const hal = rig().load(KeySlot.Ephemeral, nine);
    // Each scalar is the peer's key of the next round. No import reads it from its slot, so the
    // expected values are computed beside.
    let k: Buffer = nine;
    let u: Buffer = nine;
    for (let round = 1; round <= 1000; round++) {
      expect(hal.agree(KeySlot.Ephemeral, u, KeySlot.Shared)).toBe(0);
      expect(hal.call('key_move', KeySlot.Shared, KeySlot.Ephemeral)).toBe(0);
      [k, u] = [sharedSecret(k, u), k];
      if (round === 1) {
        hal.holds(KeySlot.Ephemeral, hex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'));
      }
    }
    hal.holds(KeySlot.Ephemeral, hex('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'));
  });

  it('gives both sides the secret of RFC 7748, section 6.1', () => {
    const hal = rig()
      .load(KeySlot.Ephemeral, hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'))
      .load(KeySlot.Candidate, hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
    const [alice, bob] = [hal.publicKey(KeySlot.Ephemeral), hal.publicKey(KeySlot.Candidate)];
    expect(text(alice)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    expect(text(bob)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const secret = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
    expect(hal.agree(KeySlot.Ephemeral, bob, KeySlot.Shared)).toBe(0);
    expect(hal.agree(KeySlot.Candidate, alice, KeySlot.Chain)).toBe(0);
    hal.holds(KeySlot.Shared, secret).holds(KeySlot.Chain, secret);
  });

  // Points of low order, also as numbers above the prime: cr.yp.to/ecdh.html, "validate".
  const low = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}7f`,
  ];
  it.each(low)('refuses the low-order point %s, which would make the secret all zeros', (point) => {
    const hal = rig().load(KeySlot.Ephemeral, A).load(KeySlot.Shared, B);
    const high = hex(point);
    high[31] = (high[31] ?? 0) | 0x80;
    for (const peer of [hex(point), high]) {
      expect(hal.agree(KeySlot.Ephemeral, peer, KeySlot.Shared)).toBe(Argument);
      expect(hal.agree(KeySlot.Ephemeral, peer, KeySlot.Chain)).toBe(Argument);
    }
    hal.holds(KeySlot.Ephemeral, A).holds(KeySlot.Shared, B).lacks(KeySlot.Chain);
  });
});
