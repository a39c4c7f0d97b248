import { createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { HalError, KeySlot, MenuUser, Register, Size } from '../../assembly/protocol.js';
import { systemCrypto as noble } from '../../host/crypto/noble.js';
import { systemCrypto as node } from '../../host/crypto/node.js';
import { seededRandom } from '../../host/emulator/random.js';
import { EmulatedHal, type HalDevice, MEMORY, NativeHal } from '../support/hal-devices.js';
import { onBoard } from '../support/tools.js';

// Published vectors, through the imports of docs/HAL.md. No import reads a key, so one in a slot is known by a MAC under
// it.

const { Argument, Absent, Device, NotAuthentic } = HalError;
const KEY: number = Size.Key;
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest();

/** The imports over a memory of their own, in which arguments are laid one behind the other. */
class Rig {
  readonly memory = new Uint8Array(MEMORY);
  #end = 0;

  constructor(readonly device: HalDevice) {}

  call(name: string, ...args: number[]): number {
    return this.device.call(name, args, this.memory);
  }

  /** Puts bytes into memory, over what was given before the last call of `reset`. */
  at(bytes: Uint8Array): number {
    const ptr = this.#end;
    this.memory.set(bytes, ptr);
    this.#end += bytes.length;
    return ptr;
  }

  /** Room for what an import writes. */
  room(bytes: number = KEY): number {
    return this.at(new Uint8Array(bytes).fill(0xee));
  }

  reset(): this {
    this.#end = 0;
    return this;
  }

  read(ptr: number, bytes: number = KEY): Buffer {
    return Buffer.from(this.memory.slice(ptr, ptr + bytes));
  }

  load(slot: number, key: Uint8Array): this {
    expect(this.reset().call('key_load', slot, this.at(key))).toBe(0);
    return this;
  }

  hmac(slot: number, message: Uint8Array): Buffer {
    this.reset();
    const [ptr, out] = [this.at(message), this.room()];
    expect(this.call('hmac_sha256', slot, ptr, message.length, out)).toBe(0);
    return this.read(out);
  }

  publicKey(slot: number): Buffer {
    const out = this.reset().room();
    expect(this.call('x25519_public', slot, out)).toBe(0);
    return this.read(out);
  }

  agree(slot: number, peer: Uint8Array, to: number): number {
    return this.reset().call('x25519', slot, this.at(peer), to);
  }

  /** Answers the result and the bytes that then stand where the plain text stood, with the tag's. */
  seal(slot: number, nonce: Uint8Array, ad: Uint8Array, plain: Uint8Array): [result: number, bytes: Buffer] {
    this.reset();
    const [n, a, ptr] = [this.at(nonce), this.at(ad), this.at(plain)];
    this.room(Size.AeadTag);
    const result = this.call('aead_seal', slot, n, a, ad.length, ptr, plain.length);
    return [result, this.read(ptr, plain.length + Size.AeadTag)];
  }

  open(slot: number, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): [result: number, bytes: Buffer] {
    this.reset();
    const [n, a, ptr] = [this.at(nonce), this.at(ad), this.at(sealed)];
    const result = this.call('aead_open', slot, n, a, ad.length, ptr, sealed.length);
    return [result, this.read(ptr, sealed.length)];
  }

  /** Expects this key in a slot. */
  holds(slot: number, key: Uint8Array): this {
    const message = Buffer.from('which key is this');
    expect(text(this.hmac(slot, message))).toBe(text(hmac(key, message)));
    return this;
  }

  /** Expects slots without a key. */
  lacks(...slots: number[]): this {
    for (const slot of slots) expect([slot, this.call('key_present', slot)]).toEqual([slot, 0]);
    return this;
  }
}

/** Independent of the implementation: keys by their DER (RFC 8410). */
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

/** HKDF-SHA256 (RFC 5869), step by step, without info. */
function expanded(salt: Uint8Array, input: Uint8Array, keys: number): Buffer[] {
  const extracted = hmac(salt, input);
  const blocks: Buffer[] = [];
  for (let i = 1; i <= keys; i++) blocks.push(hmac(extracted, blocks.at(-1) ?? Buffer.alloc(0), Buffer.of(i)));
  return blocks;
}

const filled = (byte: number): Buffer => Buffer.alloc(KEY, byte);
const [A, B, C] = [filled(0xa1), filled(0xb2), filled(0xc3)];

function vectors(make: () => HalDevice): void {
  const devices: HalDevice[] = [];
  afterEach(() => {
    for (const device of devices.splice(0)) device.close();
  });
  const rig = (): Rig => {
    const device = make();
    devices.push(device);
    return new Rig(device);
  };

  describe('sha256', () => {
    it.each([
      ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
      ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      [
        'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
        '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
      ],
    ])('of "%s" is that of FIPS 180-4', (message, digest) => {
      const hal = rig();
      const [ptr, out] = [hal.at(Buffer.from(message)), hal.room()];
      expect(hal.call('sha256', ptr, message.length, out)).toBe(0);
      expect(text(hal.read(out))).toBe(digest);
    });

    it('may be written over its own message', () => {
      const hal = rig();
      const ptr = hal.at(A);
      hal.call('sha256', ptr, KEY, ptr + 1);
      expect(hal.read(ptr + 1)).toEqual(createHash('sha256').update(A).digest());
    });
  });

  describe('hmac_sha256', () => {
    // A slot has 32 bytes. HMAC takes a shorter key as one with zeros behind it, and of one that is longer than a block
    // its digest (RFC 2104).
    const slotted = (key: Buffer): Buffer =>
      key.length > KEY
        ? createHash('sha256').update(key).digest()
        : Buffer.concat([key, Buffer.alloc(KEY - key.length)]);

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
    ])('is that of RFC 4231, test case %i', (_case, key, message, mac) => {
      const made = rig().load(KeySlot.Verify, slotted(key)).hmac(KeySlot.Verify, Buffer.from(message));
      expect(text(made).slice(0, mac.length)).toBe(mac);
    });
  });

  describe('x25519', () => {
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
    ])('is that of RFC 7748, 5.2, scalar %s', (scalar, u, secret) => {
      const hal = rig().load(KeySlot.Ephemeral, hex(scalar));
      expect(hal.agree(KeySlot.Ephemeral, hex(u), KeySlot.Shared)).toBe(0);
      hal.holds(KeySlot.Shared, hex(secret));
    });

    it('is that of RFC 7748, 5.2, after 1 and 1,000 iterations', () => {
      const nine = Buffer.concat([Buffer.of(9), Buffer.alloc(31)]);
      const hal = rig().load(KeySlot.Ephemeral, nine);
      // The scalars stay in the slots; what they should be is computed beside, since each is the next but one's peer.
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

    it('agrees as in RFC 7748, 6.1', () => {
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

    // Points of low order, and numbers above the prime that stand for them: cr.yp.to/ecdh.html, "validate".
    const low = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      `ec${'ff'.repeat(30)}7f`,
      `ed${'ff'.repeat(30)}7f`,
      `ee${'ff'.repeat(30)}7f`,
    ];
    it.each(low)('refuses %s, with which the secret would be all zeros', (point) => {
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

  describe('aead', () => {
    // RFC 8439, 2.8.2.
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

    it('seals as in RFC 8439, 2.8.2', () => {
      expect(held().seal(KeySlot.Cipher, nonce, ad, plain)).toEqual([0, sealed]);
    });

    it('opens it again, with zeros for the tag', () => {
      const opened = Buffer.concat([plain, Buffer.alloc(Size.AeadTag)]);
      expect(held().open(KeySlot.Cipher, nonce, ad, sealed)).toEqual([0, opened]);
    });

    it.each([
      ['sealed bytes and tag', sealed.length],
      ['associated data', ad.length],
      ['nonce', nonce.length],
    ])('refuses any bit of the %s that is another, and leaves zeros', (what, length) => {
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

    it('refuses bytes that are cut short, and those of another key', () => {
      const hal = held().load(KeySlot.Shared, A);
      for (let bytes = Size.AeadTag as number; bytes < sealed.length; bytes++) {
        const [result, left] = hal.open(KeySlot.Cipher, nonce, ad, sealed.subarray(0, bytes));
        expect([result, left]).toEqual([NotAuthentic, Buffer.alloc(bytes)]);
      }
      expect(hal.open(KeySlot.Shared, nonce, ad, sealed)).toEqual([NotAuthentic, zeros]);
    });

    it('seals nothing but associated data, and neither', () => {
      const hal = held();
      const nothing = Buffer.alloc(0);
      for (const data of [ad, nothing]) {
        const [result, tag] = hal.seal(KeySlot.Cipher, nonce, data, nothing);
        expect([result, tag.length]).toEqual([0, Size.AeadTag]);
        expect(hal.open(KeySlot.Cipher, nonce, data, tag)).toEqual([0, Buffer.alloc(Size.AeadTag)]);
      }
    });

    it('touches nothing where there is no key, or less than a tag', () => {
      const hal = held();
      expect(hal.open(KeySlot.Shared, nonce, ad, sealed)).toEqual([Absent, sealed]);
      const short = sealed.subarray(0, Size.AeadTag - 1);
      expect(hal.open(KeySlot.Cipher, nonce, ad, short)).toEqual([Argument, short]);
      expect(hal.seal(KeySlot.Shared, nonce, ad, plain)[0]).toBe(Absent);
    });
  });

  describe('hkdf', () => {
    // RFC 8448, 3, "derive secret for handshake": of 32 zeros, over the label that RFC 8446, 7.1, makes.
    const label = Buffer.concat([
      hex('0020'),
      Buffer.from('\rtls13 derived'),
      hex('20'),
      createHash('sha256').digest(),
    ]);
    const derived = hex('6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba');

    const derive32 = (hal: Rig, from: number, info: Uint8Array, to: number): number =>
      hal.reset().call('key_derive', from, hal.at(info), info.length, to);

    it('derives as in RFC 8448', () => {
      const hal = rig().load(KeySlot.Master, filled(0));
      expect(derive32(hal, KeySlot.Master, label, KeySlot.Verify)).toBe(0);
      hal.holds(KeySlot.Verify, derived).holds(KeySlot.Master, filled(0));
    });

    it('extracts as in RFC 8448, from a secret that x25519 shared', () => {
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

    it('derives as HKDF does of any key, info and length of info', () => {
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

    it('fills a slot from itself', () => {
      const hal = rig().load(KeySlot.Verify, A);
      expect(derive32(hal, KeySlot.Verify, label, KeySlot.Verify)).toBe(0);
      hal.holds(KeySlot.Verify, Buffer.from(hkdfSync('sha256', A, '', label, KEY)));
    });

    it.each([
      ['a slot', KeySlot.Shared, B],
      ['no input', KeySlot.None, Buffer.alloc(0)],
    ])('makes two keys and three with %s as its input', (_input, input, material) => {
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

    it('changes nothing where it answers below zero', () => {
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

  describe('keys', () => {
    it('that are combined are the XOR of both parts, which are erased', () => {
      const hal = rig().load(KeySlot.PartOne, A).load(KeySlot.PartTwo, B);
      expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate)).toBe(0);
      hal.holds(KeySlot.Candidate, filled(0xa1 ^ 0xb2)).lacks(KeySlot.PartOne, KeySlot.PartTwo);
    });

    it('can be combined into the slot of a part', () => {
      const hal = rig().load(KeySlot.PartOne, A).load(KeySlot.PartTwo, B);
      expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.PartOne)).toBe(0);
      hal.holds(KeySlot.PartOne, filled(0xa1 ^ 0xb2)).lacks(KeySlot.PartTwo);
    });

    it('are kept where the other part is missing, or where there is no such slot', () => {
      const hal = rig().load(KeySlot.PartOne, A).load(KeySlot.Candidate, C);
      expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Candidate)).toBe(Absent);
      expect(hal.call('key_combine', KeySlot.PartTwo, KeySlot.PartOne, KeySlot.Candidate)).toBe(Absent);
      hal.load(KeySlot.PartTwo, B);
      expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, 32)).toBe(Argument);
      hal.holds(KeySlot.PartOne, A).holds(KeySlot.PartTwo, B).holds(KeySlot.Candidate, C);
    });

    it('move, over what was there', () => {
      const hal = rig().load(KeySlot.Candidate, A).load(KeySlot.Master, B);
      expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Master)).toBe(0);
      hal.holds(KeySlot.Master, A).lacks(KeySlot.Candidate);
      expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Master)).toBe(Absent);
      expect(hal.call('key_move', KeySlot.Master, 32)).toBe(Argument);
      expect(hal.call('key_move', KeySlot.Master, KeySlot.Master)).toBe(0);
      hal.holds(KeySlot.Master, A);
    });

    it('are gone when they are erased', () => {
      const hal = rig().load(KeySlot.Root, A).load(KeySlot.Cipher, B);
      for (const slot of [KeySlot.Root, KeySlot.Cipher]) {
        expect(hal.call('key_present', slot)).toBe(1);
        expect(hal.call('key_erase', slot)).toBe(0);
        hal.lacks(slot);
        expect(hal.call('key_erase', slot)).toBe(0);
      }
    });

    it('are generated of the randomness that is given, as `random` is', () => {
      const hal = rig();
      hal.device.count();
      expect(hal.call('key_generate', KeySlot.Root)).toBe(0);
      expect(hal.call('key_generate', KeySlot.Ephemeral)).toBe(0);
      hal.holds(KeySlot.Root, filled(1)).holds(KeySlot.Ephemeral, filled(2));
      const ptr = hal.reset().room();
      expect(hal.call('random', ptr, 5)).toBe(0);
      expect(hal.read(ptr, 6)).toEqual(hex('0303030303ee'));
    });

    it('are not the same twice where no randomness is given', () => {
      const hal = rig();
      const seen = new Set<string>();
      for (let i = 0; i < 10; i++) {
        hal.call('key_generate', KeySlot.Ephemeral);
        seen.add(text(hal.publicKey(KeySlot.Ephemeral)));
      }
      expect(seen.size).toBe(10);
    });

    it('of slots 0 to 7 outlive the power, and the others do not', () => {
      const hal = rig();
      for (let slot = 0; slot < 32; slot++) hal.load(slot, filled(slot));
      hal.device.lose();
      for (let slot = 0; slot < 8; slot++) hal.holds(slot, filled(slot));
      hal.lacks(...Array.from({ length: 24 }, (_item, i) => 8 + i));
    });

    it('that are absent are -3, and slots that there are not are -1', () => {
      const hal = rig();
      const [ptr, out] = [hal.at(A), hal.room()];
      const uses: ((slot: number) => number)[] = [
        (slot) => hal.call('key_combine', slot, slot, 8),
        (slot) => hal.call('key_move', slot, 8),
        (slot) => hal.call('key_derive', slot, ptr, 4, 8),
        (slot) => hal.call('hkdf2_sha256', slot, -1, 8, 9),
        (slot) => hal.call('hkdf3_sha256', slot, -1, 8, out, 9),
        (slot) => hal.call('hmac_sha256', slot, ptr, 4, out),
        (slot) => hal.call('x25519_public', slot, out),
        (slot) => hal.call('x25519', slot, ptr, 8),
        (slot) => hal.call('aead_seal', slot, ptr, ptr, 4, out, 4),
        (slot) => hal.call('aead_open', slot, ptr, ptr, 4, out, 32),
      ];
      const makes: ((slot: number) => number)[] = [
        (slot) => hal.call('key_present', slot),
        (slot) => hal.call('key_generate', slot),
        (slot) => hal.call('key_load', slot, ptr),
        (slot) => hal.call('key_erase', slot),
      ];
      for (const use of uses) for (const slot of [0, 8, 31]) expect(use(slot)).toBe(Absent);
      for (const call of [...uses, ...makes]) for (const slot of [-5, -1, 32, 99]) expect(call(slot)).toBe(Argument);
    });
  });

  describe('registers', () => {
    const get = (hal: Rig, id: number, bytes: number): [number, string] => {
      const ptr = hal.reset().room(bytes);
      return [hal.call('register_get', id, ptr, bytes), text(hal.read(ptr, bytes))];
    };
    const set = (hal: Rig, id: number, value: Uint8Array): number =>
      hal.reset().call('register_set', id, hal.at(value), value.length);

    it('are zeros until they are set, and what was set from then on', () => {
      const hal = rig();
      expect(get(hal, Register.Anchor, KEY)).toEqual([0, '00'.repeat(32)]);
      expect(set(hal, Register.Anchor, A)).toBe(0);
      expect(set(hal, Register.SessionTries, hex('01020304'))).toBe(0);
      hal.device.lose();
      expect(get(hal, Register.Anchor, KEY)).toEqual([0, text(A)]);
      expect(get(hal, Register.Anchor, 3)).toEqual([0, 'a1a1a1']);
      expect(get(hal, Register.SessionTries, 6)).toEqual([0, '010203040000']);
      expect(get(hal, Register.Tamper, 1)).toEqual([0, '00']);
    });

    it('are set whole: nothing of a longer value stays', () => {
      const hal = rig();
      set(hal, Register.Anchor, A);
      set(hal, Register.Anchor, Buffer.of(7));
      expect(get(hal, Register.Anchor, KEY)).toEqual([0, `07${'00'.repeat(31)}`]);
    });

    it('have at most 32 bytes, and are those of the protocol', () => {
      const hal = rig();
      set(hal, Register.Anchor, A);
      expect(set(hal, Register.Anchor, Buffer.alloc(33))).toBe(Argument);
      expect(get(hal, Register.Anchor, 33)).toEqual([Argument, 'ee'.repeat(33)]);
      for (const id of [-1, 6, 99]) {
        expect(set(hal, id, B)).toBe(Argument);
        expect(get(hal, id, 1)).toEqual([Argument, 'ee']);
      }
      expect(get(hal, Register.Anchor, KEY)).toEqual([0, text(A)]);
    });
  });

  describe('passwords', () => {
    const set = (hal: Rig, operator: string, admin: string): number => {
      const [one, other] = [hal.reset().at(Buffer.from(operator)), hal.at(Buffer.from(admin))];
      return hal.call('passwords_set', one, operator.length, other, admin.length);
    };
    const check = (hal: Rig, who: number, password: string): number =>
      hal.reset().call('password_check', who, hal.at(Buffer.from(password)), password.length);
    const present = (hal: Rig): number[] => [1, 2].map((who) => hal.call('password_present', who));

    it('are each one person’s own', () => {
      const hal = rig();
      expect(present(hal)).toEqual([0, 0]);
      expect(check(hal, MenuUser.Operator, '123456')).toBe(Absent);
      expect(check(hal, MenuUser.Administrator, '123456')).toBe(Absent);
      expect(set(hal, '123456', 'sesame-0')).toBe(0);
      expect(present(hal)).toEqual([1, 1]);
      hal.device.lose();
      expect(check(hal, MenuUser.Operator, '123456')).toBe(0);
      expect(check(hal, MenuUser.Operator, 'sesame-0')).toBe(1);
      expect(check(hal, MenuUser.Administrator, 'sesame-0')).toBe(0);
      expect(check(hal, MenuUser.Administrator, '123456')).toBe(1);
    });

    it('may be the same for both', () => {
      const hal = rig();
      expect(set(hal, '123456', '123456')).toBe(0);
      for (const who of [MenuUser.Operator, MenuUser.Administrator]) expect(check(hal, who, '123456')).toBe(0);
    });

    it('are set with one salt, of 16 random bytes', () => {
      const hal = rig();
      hal.device.count();
      expect(set(hal, '123456', 'sesame-0')).toBe(0);
      const ptr = hal.reset().room();
      expect(hal.call('random', ptr, 1)).toBe(0);
      expect(hal.read(ptr, 2)).toEqual(hex('02ee'));
    });

    it('are no other text of any length', () => {
      const hal = rig();
      set(hal, '123456', 'sesame-0');
      for (const wrong of ['', '1', '12345', '123457', '1234567', ' 123456', '123456'.repeat(100)]) {
        expect(check(hal, MenuUser.Operator, wrong)).toBe(1);
      }
      for (const wrong of ['', 's', 'sesame-', 'sesame-1', 'sesame-00']) {
        expect(check(hal, MenuUser.Administrator, wrong)).toBe(1);
      }
    });

    it('are replaced, and forgotten when no bytes are set', () => {
      const hal = rig();
      set(hal, '123456', 'sesame-0');
      expect(set(hal, '654321', 'sesame-1')).toBe(0);
      expect([check(hal, MenuUser.Operator, '123456'), check(hal, MenuUser.Operator, '654321')]).toEqual([1, 0]);
      expect([check(hal, MenuUser.Administrator, 'sesame-0'), check(hal, MenuUser.Administrator, 'sesame-1')]).toEqual([
        1, 0,
      ]);
      for (let i = 0; i < 2; i++) {
        expect(set(hal, '', '')).toBe(0);
        expect(present(hal)).toEqual([0, 0]);
        expect(check(hal, MenuUser.Operator, '')).toBe(Absent);
        expect(check(hal, MenuUser.Administrator, 'sesame-1')).toBe(Absent);
      }
      expect(set(hal, '123456', 'sesame-0')).toBe(0);
      expect(check(hal, MenuUser.Administrator, 'sesame-0')).toBe(0);
    });

    it('are set together: one without the other changes neither', () => {
      const hal = rig();
      expect([set(hal, '123456', ''), set(hal, '', 'sesame-0')]).toEqual([Argument, Argument]);
      expect(present(hal)).toEqual([0, 0]);
      set(hal, '123456', 'sesame-0');
      const { writes } = hal.device;
      expect([set(hal, '654321', ''), set(hal, '', 'sesame-1')]).toEqual([Argument, Argument]);
      expect(hal.device.writes).toBe(writes);
      expect([check(hal, MenuUser.Operator, '123456'), check(hal, MenuUser.Administrator, 'sesame-0')]).toEqual([0, 0]);
    });

    it('belong to two people alone', () => {
      const hal = rig();
      set(hal, '123456', 'sesame-0');
      for (const who of [-1, 0, 3, 99]) {
        expect(check(hal, who, '123456')).toBe(Argument);
        expect(hal.call('password_present', who)).toBe(Argument);
      }
    });
  });

  describe('hostile arguments', () => {
    const imports: [name: string, args: string][] = [
      ['random', 'pn'],
      ['key_present', 's'],
      ['key_generate', 's'],
      ['key_load', 'sp'],
      ['key_combine', 'sss'],
      ['key_move', 'ss'],
      ['key_erase', 's'],
      ['key_derive', 'spns'],
      ['hkdf2_sha256', 'ssss'],
      ['hkdf3_sha256', 'sssps'],
      ['hmac_sha256', 'spnp'],
      ['sha256', 'pnp'],
      ['x25519_public', 'sp'],
      ['x25519', 'sps'],
      ['aead_seal', 'sppnpn'],
      ['aead_open', 'sppnpn'],
      ['register_get', 'spn'],
      ['register_set', 'spn'],
      ['passwords_set', 'pnpn'],
      ['password_present', 's'],
      ['password_check', 'spn'],
    ];
    const wild = [-(2 ** 31), 2 ** 31 - 1, -65_536, -5, -1, 99];
    const sane: Record<string, number[]> = {
      p: [0, 1, 100, MEMORY - 33, MEMORY - 32, MEMORY - 16, MEMORY - 1, MEMORY, MEMORY + 1],
      n: [0, 1, 15, 16, 17, 32, 33, 68, 1024, MEMORY - 16, MEMORY, MEMORY + 1],
      s: [0, 1, 2, 3, 7, 8, 9, 15, 31, 32],
    };

    it('are answered, never thrown, and change nothing where they are refused', () => {
      const random = seededRandom(20);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
      const notAuthentic: number = NotAuthentic;
      const hal = rig();
      const answers = new Set<number>();
      for (let i = 0; i < 20_000; i++) {
        const [name, kinds] = pick(imports);
        const args = Array.from(kinds, (kind) => pick(random() < 0.1 ? wild : (sane[kind] ?? [])));
        const [memory, written] = [hal.memory.slice(), hal.device.writes];
        const answer = hal.call(name, ...args);
        answers.add(answer);
        if (answer < 0) expect(hal.device.writes, `${name}(${args.join()})`).toBe(written);
        if (answer < 0 && answer !== notAuthentic) {
          expect(Buffer.compare(hal.memory, memory), `${name}(${args.join()})`).toBe(0);
        }
      }
      expect([...answers].sort((a, b) => a - b)).toEqual([NotAuthentic, Absent, Argument, 0, 1]);
    });

    it('reach no byte past the end of memory', () => {
      const hal = rig().load(KeySlot.Cipher, A);
      hal.memory.set(B, MEMORY - KEY);
      expect(hal.call('aead_seal', KeySlot.Cipher, 0, 0, 0, MEMORY - 32, 17)).toBe(Argument);
      expect(hal.read(MEMORY - KEY)).toEqual(B);
      expect(hal.call('aead_seal', KeySlot.Cipher, 0, 0, 0, MEMORY - 32, 16)).toBe(0);
      expect(hal.call('aead_open', KeySlot.Cipher, 0, 0, 0, MEMORY - 32, 32)).toBe(0);
      expect(hal.read(MEMORY - KEY)).toEqual(Buffer.concat([B.subarray(0, 16), Buffer.alloc(16)]));
    });
  });

  it('answer -2 where what is durable could not be written, and keep what was', () => {
    const hal = rig();
    hal.load(KeySlot.Root, A).load(KeySlot.Candidate, B).load(KeySlot.PartOne, C).load(KeySlot.PartTwo, C);
    const old = hal.reset().at(Buffer.from('123456'));
    expect(hal.call('passwords_set', old, 6, old, 5)).toBe(0);
    hal.reset().call('register_set', Register.Anchor, hal.at(A), KEY);
    hal.device.fail();
    const ptr = hal.reset().at(Buffer.from('654321'));
    expect(hal.call('key_generate', KeySlot.Root)).toBe(Device);
    expect(hal.call('key_load', KeySlot.Root, ptr)).toBe(Device);
    expect(hal.call('key_erase', KeySlot.Root)).toBe(Device);
    expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Root)).toBe(Device);
    expect(hal.call('key_move', KeySlot.Root, KeySlot.Candidate)).toBe(Device);
    expect(hal.call('key_combine', KeySlot.PartOne, KeySlot.PartTwo, KeySlot.Master)).toBe(Device);
    expect(hal.call('passwords_set', ptr, 6, ptr, 6)).toBe(Device);
    expect(hal.call('passwords_set', ptr, 0, ptr, 0)).toBe(Device);
    for (const who of [MenuUser.Operator, MenuUser.Administrator]) {
      expect(hal.call('password_check', who, ptr, 6)).toBe(1);
    }
    const kept = hal.reset().at(Buffer.from('123456'));
    expect(hal.call('password_check', MenuUser.Operator, kept, 6)).toBe(0);
    expect(hal.call('password_check', MenuUser.Administrator, kept, 5)).toBe(0);
    expect(hal.call('register_set', Register.Anchor, ptr, 6)).toBe(Device);
    expect(hal.call('register_get', Register.Anchor, ptr, KEY)).toBe(0);
    expect(hal.read(ptr)).toEqual(A);
    hal.holds(KeySlot.Root, A).holds(KeySlot.Candidate, B).holds(KeySlot.PartOne, C).holds(KeySlot.PartTwo, C);
    hal.lacks(KeySlot.Master);
    // A change of nothing durable needs no backing.
    expect(hal.call('key_move', KeySlot.Candidate, KeySlot.Shared)).toBe(0);
  });
}

describe('the imports, by node:crypto', () => vectors(() => new EmulatedHal(node)));
describe('the imports, by @noble', () => vectors(() => new EmulatedHal(noble)));
onBoard("the imports, by the boards' C", () => vectors(() => new NativeHal()), 'hal');
