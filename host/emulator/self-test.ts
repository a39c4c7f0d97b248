import { Size } from '../../assembly/protocol.js';
import { equal, fromHex, latin1, toHex } from '../bytes.js';
import type { Crypto } from '../crypto/crypto.js';

/** A published test vector of one of the HAL's primitives. Inputs and output are hexadecimal. */
export interface Vector {
  readonly source: string;
  readonly primitive: keyof typeof PRIMITIVES;
  readonly inputs: readonly string[];
  readonly output: string;
}

const text = (ascii: string): string => toHex(latin1(ascii));
const key = (hex: string): string => hex.padEnd(64, '0');
const NOTHING = new Uint8Array(0);

type Primitive = (crypto: Crypto, inputs: readonly Uint8Array[]) => Uint8Array | undefined;

/** Runs each primitive on its inputs. */
const PRIMITIVES = {
  sha256: (crypto, [message = NOTHING]) => crypto.sha256(message),
  hmac: (crypto, [slot = NOTHING, message = NOTHING]) => crypto.hmac(slot, message),
  derive: (crypto, [input = NOTHING, info = NOTHING]) => crypto.hkdf(input, NOTHING, info, Size.Key),
  publicKey: (crypto, [slot = NOTHING]) => crypto.x25519Public(slot),
  agree: (crypto, [slot = NOTHING, peer = NOTHING]) => crypto.x25519(slot, peer),
  seal: (crypto, [slot = NOTHING, nonce = NOTHING, ad = NOTHING, bytes = NOTHING]) =>
    crypto.seal(slot, nonce, ad, bytes),
  open: (crypto, [slot = NOTHING, nonce = NOTHING, ad = NOTHING, bytes = NOTHING]) =>
    crypto.open(slot, nonce, ad, bytes),
} satisfies Record<string, Primitive>;

const RFC_8439 = {
  key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
  nonce: '070000004041424344454647',
  ad: '50515253c0c1c2c3c4c5c6c7',
  plain: text(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed:
    'd31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36' +
    '92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691',
};
const sealing = [RFC_8439.key, RFC_8439.nonce, RFC_8439.ad];

/**
 * The vectors of the self-test, in the order of their numbers, which begin at 1. The boards have
 * the same ones.
 */
export const VECTORS: readonly Vector[] = [
  {
    source: 'FIPS 180-4, "abc"',
    primitive: 'sha256',
    inputs: [text('abc')],
    output: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  },
  {
    source: 'RFC 4231, test case 1',
    primitive: 'hmac',
    inputs: [key('0b'.repeat(20)), text('Hi There')],
    output: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  },
  {
    source: 'RFC 5869, test case 3, its first 32 bytes',
    primitive: 'derive',
    inputs: ['0b'.repeat(22), ''],
    output: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  },
  {
    source: 'RFC 7748, 6.1',
    primitive: 'publicKey',
    inputs: ['77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'],
    output: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
  },
  {
    source: 'RFC 7748, 5.2',
    primitive: 'agree',
    inputs: [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
    ],
    output: 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  },
  { source: 'RFC 8439, 2.8.2', primitive: 'seal', inputs: [...sealing, RFC_8439.plain], output: RFC_8439.sealed },
  { source: 'RFC 8439, 2.8.2', primitive: 'open', inputs: [...sealing, RFC_8439.sealed], output: RFC_8439.plain },
];

/** Returns the number of the first vector that fails, 0 if none does. */
export function selfTest(crypto: Crypto): number {
  const failed = VECTORS.findIndex(({ primitive, inputs, output }) => {
    const made = PRIMITIVES[primitive](crypto, inputs.map(fromHex));
    return !made || !equal(made, fromHex(output));
  });
  return failed + 1;
}
