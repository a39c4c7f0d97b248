import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { KeySlot } from '../../assembly/protocol.js';
import { A, hex, KEY, onEveryHal, text } from '../support/hal-rig.js';

onEveryHal('sha256', (rig) => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ])('gives the digest of "%s" as in FIPS 180-4', (message, digest) => {
    const hal = rig();
    const [ptr, out] = [hal.at(Buffer.from(message)), hal.room()];
    expect(hal.call('sha256', ptr, message.length, out)).toBe(0);
    expect(text(hal.read(out))).toBe(digest);
  });

  it('may write the digest over its message', () => {
    const hal = rig();
    const ptr = hal.at(A);
    hal.call('sha256', ptr, KEY, ptr + 1);
    expect(hal.read(ptr + 1)).toEqual(createHash('sha256').update(A).digest());
  });
});

onEveryHal('hmac_sha256', (rig) => {
  // A slot has 32 bytes. HMAC pads a shorter key with zeros, and replaces one that is longer than
  // a block by its digest (RFC 2104).
  const slotted = (key: Buffer): Buffer =>
    key.length > KEY ? createHash('sha256').update(key).digest() : Buffer.concat([key, Buffer.alloc(KEY - key.length)]);

  it.each([
    [1, Buffer.alloc(20, 0x0b), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      2,
      Buffer.from('Jefe'),
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      3,
      Buffer.alloc(20, 0xaa),
      Buffer.alloc(50, 0xdd),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
    [
      4,
      hex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
      Buffer.alloc(50, 0xcd),
      '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    ],
    [5, Buffer.alloc(20, 0x0c), 'Test With Truncation', 'a3b6167473100ee06e0c796c2955552b'],
    [
      6,
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
    [
      7,
      Buffer.alloc(131, 0xaa),
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    ],
  ])('gives the MAC of RFC 4231, test case %i', (_case, key, message, mac) => {
    const made = rig().load(KeySlot.Verify, slotted(key)).hmac(KeySlot.Verify, Buffer.from(message));
    expect(text(made).slice(0, mac.length)).toBe(mac);
  });
});
