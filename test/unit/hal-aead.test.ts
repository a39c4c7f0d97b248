import { expect, it } from 'vitest';
import { HalError, KeySlot, Size } from '../../assembly/protocol.js';
import { A, hex, onEveryHal, type Rig } from '../support/hal-rig.js';

const { Argument, Absent, NotAuthentic } = HalError;

onEveryHal('aead_seal and aead_open', (rig) => {
  // RFC 8439, section 2.8.2.
  const plain = Buffer.from(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  );
  const ad = hex('50515253c0c1c2c3c4c5c6c7');
  const key = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f');
  const nonce = hex('070000004041424344454647');
  const sealed = hex(
    `d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6 3dbea45e8ca9671282fafb69da92728b
     1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
     3ff4def08e4b7a9de576d26586cec64b 6116 1ae10b594f09e26a7e902ecbd0600691`.replaceAll('\n', ''),
  );
  const zeros = Buffer.alloc(sealed.length);
  const held = (): Rig => rig().load(KeySlot.Cipher, key);

  it('seal as in RFC 8439, section 2.8.2', () => {
    expect(held().seal(KeySlot.Cipher, nonce, ad, plain)).toEqual([0, sealed]);
  });

  it('open that again, and leave zeros in the place of the tag', () => {
    const opened = Buffer.concat([plain, Buffer.alloc(Size.AeadTag)]);
    expect(held().open(KeySlot.Cipher, nonce, ad, sealed)).toEqual([0, opened]);
  });

  it.each([
    ['sealed bytes and tag', sealed.length],
    ['associated data', ad.length],
    ['nonce', nonce.length],
  ])('refuse any changed bit of the %s, and leave zeros', (what, length) => {
    const hal = held();
    const spoiled = (bytes: Buffer, bit: number): Buffer => {
      const copy = Buffer.from(bytes);
      if (bytes.length === length) copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return copy;
    };
    for (let bit = 0; bit < length * 8; bit++) {
      const [n, a] = what === 'nonce' ? [spoiled(nonce, bit), ad] : [nonce, spoiled(ad, bit)];
      expect(hal.open(KeySlot.Cipher, n, a, spoiled(sealed, bit))).toEqual([NotAuthentic, zeros]);
    }
  });

  it('refuse bytes that are cut short, or sealed under another key', () => {
    const hal = held().load(KeySlot.Shared, A);
    for (let bytes = Size.AeadTag as number; bytes < sealed.length; bytes++) {
      const [result, left] = hal.open(KeySlot.Cipher, nonce, ad, sealed.subarray(0, bytes));
      expect([result, left]).toEqual([NotAuthentic, Buffer.alloc(bytes)]);
    }
    expect(hal.open(KeySlot.Shared, nonce, ad, sealed)).toEqual([NotAuthentic, zeros]);
  });

  it('seal and open an empty plaintext, with associated data and without', () => {
    const hal = held();
    const nothing = Buffer.alloc(0);
    for (const data of [ad, nothing]) {
      const [result, tag] = hal.seal(KeySlot.Cipher, nonce, data, nothing);
      expect([result, tag.length]).toEqual([0, Size.AeadTag]);
      expect(hal.open(KeySlot.Cipher, nonce, data, tag)).toEqual([0, Buffer.alloc(Size.AeadTag)]);
    }
  });

  it('change nothing if there is no key, or if the input is shorter than a tag', () => {
    const hal = held();
    expect(hal.open(KeySlot.Shared, nonce, ad, sealed)).toEqual([Absent, sealed]);
    const short = sealed.subarray(0, Size.AeadTag - 1);
    expect(hal.open(KeySlot.Cipher, nonce, ad, short)).toEqual([Argument, short]);
    expect(hal.seal(KeySlot.Shared, nonce, ad, plain)[0]).toBe(Absent);
  });
});
