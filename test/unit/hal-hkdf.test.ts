import { createHash, hkdfSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { HalError, KeySlot } from '../../assembly/protocol.js';
import { seededRandom } from '../../host/emulator/random.js';
import { MEMORY } from '../support/hal-devices.js';
import { A, B, filled, hex, hmac, KEY, onEveryHal, type Rig } from '../support/hal-rig.js';

const { Argument, Absent } = HalError;

/**
 * The first blocks of HKDF-SHA256 (RFC 5869) without info, step by step. Each block makes a key.
 */
function expanded(salt: Uint8Array, input: Uint8Array, keys: number): Buffer[] {
  const extracted = hmac(salt, input);
  const blocks: Buffer[] = [];
  for (let i = 1; i <= keys; i++) blocks.push(hmac(extracted, blocks.at(-1) ?? Buffer.alloc(0), Buffer.of(i)));
  return blocks;
}

onEveryHal('key_derive, hkdf2_sha256 and hkdf3_sha256', (rig) => {
  // RFC 8448, section 3, "derive secret for handshake": from 32 zeros, over the label of RFC 8446,
  // section 7.1.
  const label = Buffer.concat([hex('0020'), Buffer.from('\rtls13 derived'), hex('20'), createHash('sha256').digest()]);
  const derived = hex('6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba');

  const derive32 = (hal: Rig, from: number, info: Uint8Array, to: number): number =>
    hal.reset().call('key_derive', from, hal.at(info), info.length, to);

  it('derive the key of RFC 8448', () => {
    const hal = rig().load(KeySlot.Master, filled(0));
    expect(derive32(hal, KeySlot.Master, label, KeySlot.Verify)).toBe(0);
    hal.holds(KeySlot.Verify, derived).holds(KeySlot.Master, filled(0));
  });

  it('extract the key of RFC 8448 from the secret of x25519', () => {
    const hal = rig()
      .load(KeySlot.Chain, derived)
      .load(KeySlot.Ephemeral, hex('49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005'));
    const server = hex('c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f');
    hal.agree(KeySlot.Ephemeral, server, KeySlot.Shared);
    hal.holds(KeySlot.Shared, hex('8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d'));
    expect(hal.call('hkdf2_sha256', KeySlot.Chain, KeySlot.Shared, KeySlot.Chain, KeySlot.Cipher)).toBe(0);
    const extracted = hex('1dc826e93606aa6fdc0aadc12f741b01046aa6b99f691ed221a9f0ca043fbeac');
    const first = hmac(extracted, Buffer.of(1));
    hal.holds(KeySlot.Chain, first).holds(KeySlot.Cipher, hmac(extracted, first, Buffer.of(2)));
  });

  it('derive what HKDF derives from any key, over an info of up to 1,024 bytes', () => {
    const random = seededRandom(5869);
    const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
    for (const length of [0, 1, 17, 64, 1024]) {
      const [key, info] = [bytes(KEY), bytes(length)];
      const hal = rig().load(KeySlot.Root, key);
      expect(derive32(hal, KeySlot.Root, info, KeySlot.Storage)).toBe(0);
      hal.holds(KeySlot.Storage, hmac(hmac(filled(0), key), info, Buffer.of(1)));
    }
    expect(derive32(rig().load(KeySlot.Root, A), KeySlot.Root, bytes(1025), KeySlot.Storage)).toBe(Argument);
  });

  it('may write the derived key over its source', () => {
    const hal = rig().load(KeySlot.Verify, A);
    expect(derive32(hal, KeySlot.Verify, label, KeySlot.Verify)).toBe(0);
    hal.holds(KeySlot.Verify, Buffer.from(hkdfSync('sha256', A, '', label, KEY)));
  });

  it.each([
    ['a slot', KeySlot.Shared, B],
    ['no input', KeySlot.None, Buffer.alloc(0)],
  ])('derive two keys or three with %s as input keying material', (_input, input, material) => {
    const [one, two, three] = expanded(A, material, 3);
    if (!one || !two || !three) throw new Error('too few');
    const hal = rig().load(KeySlot.Chain, A).load(KeySlot.Shared, B);
    expect(hal.call('hkdf2_sha256', KeySlot.Chain, input, KeySlot.FirstReceive, KeySlot.FirstSend)).toBe(0);
    hal.holds(KeySlot.FirstReceive, one).holds(KeySlot.FirstSend, two);
    const out = hal.reset().room();
    expect(hal.call('hkdf3_sha256', KeySlot.Chain, input, KeySlot.Chain, out, KeySlot.Cipher)).toBe(0);
    expect(hal.read(out)).toEqual(two);
    hal.holds(KeySlot.Chain, one).holds(KeySlot.Cipher, three).holds(KeySlot.Shared, B);
  });

  it('change nothing if they return an error', () => {
    const hal = rig().load(KeySlot.Chain, A);
    const out = hal.reset().room();
    const before = hal.memory.slice();
    const { Chain, Shared, Cipher, None } = KeySlot;
    expect(hal.call('hkdf3_sha256', Chain, Shared, Chain, out, Cipher)).toBe(Absent);
    expect(hal.call('hkdf3_sha256', Shared, None, Chain, out, Cipher)).toBe(Absent);
    expect(hal.call('hkdf3_sha256', Chain, None, Chain, MEMORY - 31, Cipher)).toBe(Argument);
    expect(hal.call('hkdf3_sha256', Chain, None, Chain, out, 32)).toBe(Argument);
    expect(hal.call('hkdf2_sha256', Chain, None, Chain, 32)).toBe(Argument);
    expect(hal.call('hkdf2_sha256', Chain, -2, Chain, Cipher)).toBe(Argument);
    expect(hal.call('hkdf2_sha256', None, Chain, Chain, Cipher)).toBe(Argument);
    expect(hal.memory).toEqual(before);
    hal.holds(Chain, A).lacks(Shared, Cipher);
  });
});
