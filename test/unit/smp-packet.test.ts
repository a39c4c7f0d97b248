import { encode } from 'cbor2';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Group, OsCommand, Rc, Refusal } from '../../assembly/protocol.js';
import { toHex } from '../../host/bytes.js';
import { OctobindError } from '../../host/error.js';
import { encodeCbor } from '../../host/smp/cbor.js';
import { decodeBody, decodeHeader, encodePacket } from '../../host/smp/packet.js';
import { answerError } from '../../host/smp/result.js';

const ECHO = { version: 1, op: 2, group: Group.Os, sequence: 0, command: OsCommand.Echo };

/** A packet whose body is given in hexadecimal. */
const packet = (cbor: string): Buffer =>
  Buffer.from(`0b00${(cbor.length / 2).toString(16).padStart(4, '0')}00000000${cbor}`, 'hex');

test('an echo of hello is encoded as in docs/PROTOCOL.md', () => {
  expect(toHex(encodePacket(ECHO, { d: 'hello' }))).toBe('0a00000900000000a161646568656c6c6f');
});

test('a header is decoded as it was encoded', () => {
  const byte = fc.nat(255);
  const header = fc.record({
    version: fc.nat(3),
    op: fc.nat(7),
    group: fc.nat(65_535),
    sequence: byte,
    command: byte,
  });
  fc.assert(
    fc.property(header, (fields) => {
      expect(decodeHeader(encodePacket(fields, {}))).toEqual(fields);
    }),
  );
});

test.each(['', '0b000009000000', '0b00000500000000a0', '0b00000000000000a0'])('"%s" is not a packet', (hex) => {
  expect(decodeHeader(Buffer.from(hex, 'hex'))).toBeUndefined();
});

test('a nonce is encoded as bytes, not as a map or an array', () => {
  const cbor = encodePacket(ECHO, { nonce: Uint8Array.of(1, 2, 3) }).subarray(8);
  expect(toHex(cbor)).toBe('a1656e6f6e636543010203');
});

test.each([{ group: 65_536 }, { group: -1 }, { command: 256 }, { sequence: 256 }, { sequence: 1.5 }, { command: NaN }])(
  'a header with %o is a usage error, and is not cut to fit',
  (field) => {
    expect(() => encodePacket({ ...ECHO, ...field }, {})).toThrow(expect.objectContaining({ code: 'USAGE' }));
  },
);

test('a request that is too large for any terminal is a usage error', () => {
  expect(() => encodePacket(ECHO, { d: 'x'.repeat(2048) })).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

describe('a body', () => {
  test.each([
    ['without bytes', '', {}],
    ['of indefinite length', 'bf61726568656c6c6fff', { r: 'hello' }],
    ['with a byte string', 'a1616d43010203', { m: Uint8Array.of(1, 2, 3) }],
    ['with a key __proto__', 'a1695f5f70726f746f5f5fa0', Object.fromEntries([['__proto__', {}]])],
  ])('%s is decoded', (_, cbor, body) => {
    expect(decodeBody(packet(cbor))).toEqual(body);
    expect(Object.getPrototypeOf(decodeBody(packet(cbor)))).toBe(Object.prototype);
  });

  test.each([
    ['cut short', 'a16172656865'],
    ['an array', '80'],
    ['null', 'f6'],
    ['undefined', 'f7'],
    ['a map with a number as key', 'a10102'],
    ['a map with a key twice', 'a2617200617200'],
    ['followed by more', 'a0a0'],
    ['of a huge length', 'bb7fffffffffffffff'],
    ['nested too deep', 'a16172' + '81'.repeat(1500) + '00'],
    ['tagged', 'c100'],
  ])('is a protocol error if it is %s', (_, cbor) => {
    expect(() => decodeBody(packet(cbor))).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  test('of random bytes is a map or a protocol error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(typeof decodeBody(packet(Buffer.from(bytes).toString('hex')))).toBe('object');
        } catch (error) {
          expect(error).toBeInstanceOf(OctobindError);
        }
      }),
    );
  });
});

describe('a reply', () => {
  test.each([{}, { rc: 0 }, { r: 'x' }])('%j is a success', (body) => {
    expect(answerError(body)).toBeUndefined();
  });

  test.each([
    [{ rc: Rc.NotSupported }, { code: 'UNSUPPORTED' }],
    [{ rc: Rc.Invalid }, { code: 'REFUSED' }],
    [{ rc: 77 }, { code: 'REFUSED' }],
    [{ rc: 'x' }, { code: 'PROTOCOL' }],
    [{ err: 3 }, { code: 'PROTOCOL' }],
    [{ err: null }, { code: 'PROTOCOL' }],
    [{ err: { group: 66 } }, { code: 'PROTOCOL' }],
    [{ err: { group: 66, rc: 258 } }, { code: 'REFUSED', refusal: Refusal.PanCheckDigit }],
    [
      { err: { group: 66, rc: 258 }, slot: 4 },
      { code: 'REFUSED', refusal: Refusal.PanCheckDigit, slot: 4 },
    ],
    [{ err: { group: 0, rc: 4 } }, { code: 'REFUSED', message: expect.stringContaining('clock is not set') as string }],
    [{ err: { group: 9, rc: 1 } }, { code: 'REFUSED', message: expect.stringContaining('group 9') as string }],
  ])('%j is an error', (body, error) => {
    expect(answerError(body)).toMatchObject(error);
  });
});

test('CBOR is encoded as cbor2 encodes it', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.uint8Array(), fc.double());
  const value = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (body) => {
      expect(Buffer.from(encodeCbor(body))).toEqual(Buffer.from(encode(body)));
    }),
    { numRuns: 30 },
  );
});
