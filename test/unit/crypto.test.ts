import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expand } from '../../host/crypto/expand.js';
import { systemCrypto as noble } from '../../host/crypto/noble.js';
import { systemCrypto as node } from '../../host/crypto/node.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const filled = (bytes: number, byte: number): Uint8Array => new Uint8Array(bytes).fill(byte);
const counting = (bytes: number, from = 0): Uint8Array => new Uint8Array(bytes).map((_, i) => from + i);
const NOTHING = new Uint8Array(0);
const NINE = filled(32, 0).fill(9, 0, 1);

// Points of low order, also as numbers above the prime: cr.yp.to/ecdh.html, "validate".
const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
];

const RFC_8439 = {
  key: counting(32, 0x80),
  nonce: hex('07000000 4041424344454647'),
  ad: hex('50515253c0c1c2c3c4c5c6c7'),
  plaintext: ascii(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed: hex(`d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6 3dbea45e8ca9671282fafb69da92728b
    1a71de0a9e060b2905d6a5b67ecd3b36 92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
    3ff4def08e4b7a9de576d26586cec64b 6116 1ae10b594f09e26a7e902ecbd0600691`),
};

describe.each([
  ['node:crypto', node],
  ['@noble', noble],
])('cryptography by %s', (_name, crypto) => {
  it.each([
    ['no bytes', NOTHING, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['one block', ascii('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'two blocks',
      ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a million times "a"', filled(1e6, 0x61), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('gives the SHA-256 of %s as in FIPS 180-4', (_what, message, digest) => {
    expect(crypto.sha256(message)).toEqual(hex(digest));
  });

  it.each([
    [1, filled(20, 0x0b), ascii('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      2,
      ascii('Jefe'),
      ascii('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [3, filled(20, 0xaa), filled(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    [4, counting(25, 1), filled(50, 0xcd), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
    // The RFC gives only the first 128 bits of this one.
    [5, filled(20, 0x0c), ascii('Test With Truncation'), 'a3b6167473100ee06e0c796c2955552b'],
    [
      6,
      filled(131, 0xaa),
      ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
    [
      7,
      filled(131, 0xaa),
      ascii(
        'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
      ),
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    ],
  ])('gives the HMAC of RFC 4231, test case %i', (_case, key, message, mac) => {
    expect(crypto.hmac(key, message).subarray(0, mac.length / 2)).toEqual(hex(mac));
  });

  it.each([
    [
      1,
      filled(22, 0x0b),
      counting(13),
      counting(10, 0xf0),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      2,
      counting(80),
      counting(80, 0x60),
      counting(80, 0xb0),
      `b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c 59045a99cac7827271cb41c65e590e09
       da3275600c2f09b8367793a9aca3db71 cc30c58179ec3e87c14c01d5c1f3434f 1d87`,
    ],
    [
      3,
      filled(22, 0x0b),
      NOTHING,
      NOTHING,
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    ],
  ])('gives the HKDF output of RFC 5869, test case %i', (_case, input, salt, info, output) => {
    expect(crypto.hkdf(input, salt, info, hex(output).length)).toEqual(hex(output));
  });

  it('gives the same HKDF output in keys of 32 bytes, by `expand`', () => {
    const keys = expand(crypto, NOTHING, filled(22, 0x0b), 2);
    expect(keys).toHaveLength(2);
    const output = hex('8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8');
    expect(new Uint8Array(Buffer.concat(keys)).subarray(0, output.length)).toEqual(output);
  });

  it.each([
    [
      'passwd',
      'salt',
      1,
      `55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc
       49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783`,
    ],
    [
      'Password',
      'NaCl',
      80_000,
      `4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56
       a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d`,
    ],
  ])('gives the PBKDF2 output for "%s" of RFC 7914, section 11', (password, salt, iterations, output) => {
    expect(crypto.pbkdf2(ascii(password), ascii(salt), iterations, 64)).toEqual(hex(output));
  });

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
  ])('gives the X25519 output of RFC 7748, section 5.2, for scalar %s', (scalar, u, secret) => {
    expect(crypto.x25519(hex(scalar), hex(u))).toEqual(hex(secret));
  });

  it('gives the X25519 output of RFC 7748, section 5.2, after 1 and 1,000 iterations', () => {
    let [k, u] = [NINE, NINE];
    for (let round = 1; round <= 1000; round++) {
      [k, u] = [crypto.x25519(k, u) ?? NOTHING, k];
      if (round === 1) expect(k).toEqual(hex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'));
    }
    expect(k).toEqual(hex('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'));
  });

  it('gives both sides the X25519 secret of RFC 7748, section 6.1', () => {
    const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    const bob = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
    const secret = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');
    expect(crypto.x25519Public(alice)).toEqual(hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'));
    expect(crypto.x25519Public(bob)).toEqual(hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'));
    expect(crypto.x25519(alice, crypto.x25519Public(bob))).toEqual(secret);
    expect(crypto.x25519(bob, crypto.x25519Public(alice))).toEqual(secret);
  });

  it.each(LOW_ORDER)('gives no X25519 secret for the low-order point %s', (point) => {
    const high = hex(point);
    high[31] = (high[31] ?? 0) | 0x80;
    for (const peer of [hex(point), high]) expect(crypto.x25519(counting(32), peer)).toBeUndefined();
  });

  it('seals and opens as in RFC 8439, section 2.8.2', () => {
    const { key, nonce, ad, plaintext, sealed } = RFC_8439;
    expect(crypto.seal(key, nonce, ad, plaintext)).toEqual(sealed);
    expect(crypto.open(key, nonce, ad, sealed)).toEqual(plaintext);
  });

  it('opens nothing if a bit is changed, or if the ciphertext is cut short', () => {
    const { key, nonce, ad, sealed } = RFC_8439;
    const parts = [key, nonce, ad, sealed] as const;
    for (const [index, part] of parts.entries()) {
      for (let bit = 0; bit < part.length * 8; bit++) {
        const flipped = part.with(bit >> 3, (part[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
        const [k, n, a, s] = parts.map((other, i) => (i === index ? flipped : other)) as [...typeof parts];
        expect(crypto.open(k, n, a, s)).toBeUndefined();
      }
    }
    for (let bytes = 16; bytes < sealed.length; bytes++) {
      expect(crypto.open(key, nonce, ad, sealed.subarray(0, bytes))).toBeUndefined();
    }
  });

  it('returns the requested count of random bytes, different each time', () => {
    for (const bytes of [0, 1, 32, 65_536]) expect(crypto.randomBytes(bytes)).toHaveLength(bytes);
    expect(crypto.randomBytes(32)).not.toEqual(crypto.randomBytes(32));
  });

  it('compares lengths and all bytes', () => {
    const bytes = counting(32);
    expect(crypto.timingSafeEqual(bytes, bytes.slice())).toBe(true);
    expect(crypto.timingSafeEqual(NOTHING, NOTHING)).toBe(true);
    for (let i = 0; i < bytes.length; i++) {
      expect(crypto.timingSafeEqual(bytes, bytes.with(i, 0xff))).toBe(false);
    }
    expect(crypto.timingSafeEqual(bytes, bytes.subarray(1))).toBe(false);
  });

  it('returns new arrays that are not Buffers, also if an input is part of a Buffer', () => {
    const key = Buffer.alloc(64, 7).subarray(32);
    const results = [
      crypto.randomBytes(32),
      crypto.sha256(key),
      crypto.hmac(key, key),
      crypto.hkdf(key, key, key, 32),
      crypto.pbkdf2(key, key, 1, 32),
      crypto.x25519Public(key),
      crypto.x25519(key, NINE),
      crypto.seal(key, filled(12, 0), key, key),
      crypto.open(key, filled(12, 0), key, crypto.seal(key, filled(12, 0), key, key)),
    ];
    for (const result of results) {
      expect(result?.constructor).toBe(Uint8Array);
      expect(result?.buffer).not.toBe(key.buffer);
    }
    expect(key).toEqual(Buffer.alloc(32, 7));
  });
});

describe('`#crypto` in the package', () => {
  const choice = (...conditions: string[]): string =>
    execFileSync(
      process.execPath,
      [...conditions, '--input-type=module', '--eval', "process.stdout.write(import.meta.resolve('#crypto'))"],
      { encoding: 'utf8' },
    );

  it('is node:crypto in Node, and @noble in a browser', () => {
    expect(choice()).toMatch(/\/build\/host\/crypto\/node\.js$/);
    expect(choice('--conditions=browser')).toMatch(/\/build\/host\/crypto\/noble\.js$/);
  });
});

describe('both implementations', () => {
  const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max });
  const exactly = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

  it('give the same digests, MACs and derived keys', () => {
    fc.assert(
      fc.property(bytes(200), bytes(200), bytes(1024), fc.integer({ min: 1, max: 300 }), (one, two, info, length) => {
        expect(noble.sha256(one)).toEqual(node.sha256(one));
        expect(noble.hmac(one, two)).toEqual(node.hmac(one, two));
        expect(noble.hkdf(one, two, info, length)).toEqual(node.hkdf(one, two, info, length));
        expect(noble.pbkdf2(one, two, 3, length)).toEqual(node.pbkdf2(one, two, 3, length));
        expect(noble.timingSafeEqual(one, two)).toBe(node.timingSafeEqual(one, two));
      }),
    );
  });

  it('give the same X25519 results for any 32 bytes of a peer', () => {
    fc.assert(
      fc.property(exactly(32), exactly(32), (key, peer) => {
        expect(noble.x25519Public(key)).toEqual(node.x25519Public(key));
        expect(noble.x25519(key, peer)).toEqual(node.x25519(key, peer));
      }),
    );
  });

  it('seal to the same bytes, and open what the other one sealed', () => {
    fc.assert(
      fc.property(exactly(32), exactly(12), bytes(100), bytes(600), (key, nonce, ad, plaintext) => {
        const sealed = node.seal(key, nonce, ad, plaintext);
        expect(noble.seal(key, nonce, ad, plaintext)).toEqual(sealed);
        expect(noble.open(key, nonce, ad, sealed)).toEqual(plaintext);
        expect(node.open(key, nonce, ad, sealed)).toEqual(plaintext);
      }),
    );
  });

  const [key, nonce] = [filled(32, 1), filled(12, 2)];
  it.each<[what: string, call: (crypto: typeof node) => unknown]>([
    ['a private key of 31 bytes', (crypto) => crypto.x25519Public(filled(31, 1))],
    ['a private key of 33 bytes', (crypto) => crypto.x25519(filled(33, 1), NINE)],
    ['a public key of 31 bytes', (crypto) => crypto.x25519(key, filled(31, 1))],
    ['a public key of 33 bytes', (crypto) => crypto.x25519(key, filled(33, 1))],
    ['a key of 16 bytes to seal with', (crypto) => crypto.seal(filled(16, 1), nonce, NOTHING, NOTHING)],
    ['a key of 33 bytes to open with', (crypto) => crypto.open(filled(33, 1), nonce, NOTHING, filled(16, 0))],
    ['a nonce of 8 bytes', (crypto) => crypto.seal(key, filled(8, 1), NOTHING, NOTHING)],
    ['a nonce of 24 bytes', (crypto) => crypto.open(key, filled(24, 1), NOTHING, filled(16, 0))],
    ['a ciphertext shorter than a tag', (crypto) => crypto.open(key, nonce, NOTHING, filled(15, 0))],
    ['an info of 1,025 bytes', (crypto) => crypto.hkdf(key, NOTHING, filled(1025, 0), 32)],
    ['0 bytes of HKDF output', (crypto) => crypto.hkdf(key, NOTHING, NOTHING, 0)],
    ['8,161 bytes of HKDF output', (crypto) => crypto.hkdf(key, NOTHING, NOTHING, 8161)],
    ['0 iterations of PBKDF2', (crypto) => crypto.pbkdf2(key, NOTHING, 0, 32)],
    ['1.5 iterations of PBKDF2', (crypto) => crypto.pbkdf2(key, NOTHING, 1.5, 32)],
    ['0 bytes of PBKDF2 output', (crypto) => crypto.pbkdf2(key, NOTHING, 1, 0)],
    ['65,537 random bytes', (crypto) => crypto.randomBytes(65_537)],
    ['-1 random bytes', (crypto) => crypto.randomBytes(-1)],
    ['NaN random bytes', (crypto) => crypto.randomBytes(NaN)],
  ])('refuse %s with the same error', (_what, call) => {
    const refusal = (crypto: typeof node): unknown => {
      try {
        return call(crypto);
      } catch (error) {
        return error;
      }
    };
    expect(refusal(node)).toBeInstanceOf(RangeError);
    expect(refusal(noble)).toEqual(refusal(node));
  });
});
