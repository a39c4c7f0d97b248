import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc16 } from '../../host/smp/crc16.js';
import { encodeFrame, frameBytes, FrameReader } from '../../host/smp/frame.js';
import { newCounters } from './smp-support.js';

/**
 * docs/PROTOCOL.md, "Frame": an echo of "hello", version 2, sequence 0, first made by Zephyr's own
 * clients.
 */
const REQUEST_FRAME = Buffer.from('\x06\x09ABMKAAAJAAAAAKFhZGVoZWxsb6J/\n', 'latin1');
const ANSWER_FRAME = Buffer.from('\x06\x09ABMLAAAJAAAAAKFhcmVoZWxsbyTD\n', 'latin1');
const REQUEST = Buffer.from('0a00000900000000a16164' + '6568656c6c6f', 'hex');
const ANSWER = Buffer.from('0b00000900000000a16172' + '6568656c6c6f', 'hex');

function read(...chunks: Uint8Array[]) {
  const packets: Buffer[] = [];
  const counters = newCounters();
  const reader = new FrameReader((packet) => packets.push(Buffer.from(packet)), counters);
  for (const chunk of chunks) reader.push(chunk);
  return { packets, counters };
}

const packet = fc.uint8Array({ minLength: 8, maxLength: 2048 });
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // Bytes that have a meaning for the reader, in random order.
  fc
    .array(fc.constantFrom(0x06, 0x09, 0x04, 0x14, 0x0a, 0x0d, 0x3d, 0x41, 0x2f), { maxLength: 60 })
    .map((bytes) => Uint8Array.from(bytes)),
);

function chunked(bytes: Uint8Array, cuts: number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    chunks.push(bytes.subarray(from, cut));
    from = cut;
  }
  return chunks;
}

test('crc16 returns the check value of CRC-16/XMODEM', () => {
  expect(crc16(Buffer.from('123456789'))).toBe(0x31c3);
});

describe('golden bytes', () => {
  test('are written', () => {
    expect(Buffer.from(encodeFrame(REQUEST))).toEqual(REQUEST_FRAME);
    expect(Buffer.from(encodeFrame(ANSWER))).toEqual(ANSWER_FRAME);
  });

  test('are read', () => {
    expect(read(REQUEST_FRAME, ANSWER_FRAME).packets).toEqual([REQUEST, ANSWER]);
  });
});

test('a line is base64, with its padding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 93 - 4 }), (bytes) => {
      const frame = Buffer.from(encodeFrame(bytes));
      const payload = Buffer.alloc(bytes.length + 4);
      payload.writeUInt16BE(bytes.length + 2, 0);
      payload.set(bytes, 2);
      payload.writeUInt16BE(crc16(bytes), bytes.length + 2);
      expect(frame.toString('latin1')).toBe(`\x06\x09${payload.toString('base64')}\n`);
    }),
  );
});

test('lines have at most 127 bytes, and the right marks', () => {
  fc.assert(
    fc.property(packet, (bytes) => {
      const frame = encodeFrame(bytes);
      expect(frame.length).toBe(frameBytes(bytes.length));
      const lines = Buffer.from(frame).toString('latin1').split('\n');
      expect(lines.pop()).toBe('');
      lines.forEach((line, index) => {
        expect(line.length + 1).toBeLessThanOrEqual(127);
        expect(line.slice(0, 2)).toBe(index === 0 ? '\x06\x09' : '\x04\x14');
      });
    }),
  );
});

test('frames are found in chunks of any size, with any bytes between them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(garbage, packet), { maxLength: 6 }),
      garbage,
      fc.array(fc.nat()),
      (parts, end, cuts) => {
        const line = Buffer.concat([...parts.flatMap(([noise, bytes]) => [noise, encodeFrame(bytes)]), end]);
        expect(read(...chunked(line, cuts)).packets).toEqual(parts.map(([, bytes]) => Buffer.from(bytes)));
      },
    ),
  );
});

test('a frame with a changed byte never costs the frame behind it', () => {
  fc.assert(
    fc.property(packet, fc.nat(), fc.integer({ min: 1, max: 255 }), packet, (bytes, at, flip, next) => {
      const frame = encodeFrame(bytes);
      const index = at % frame.length;
      frame[index] = (frame[index] ?? 0) ^ flip;
      expect(read(frame, encodeFrame(next)).packets.at(-1)).toEqual(Buffer.from(next));
    }),
  );
});

test.each([
  ['far too long', 0xffff],
  ['zero', 0],
  ['longer than the frame', 300],
  ['shorter than the frame', 12],
])('a length that is %s is counted as an error, and the next frame is read', (_, length) => {
  const payload = Buffer.alloc(2 + REQUEST.length + 2);
  payload.writeUInt16BE(length, 0);
  REQUEST.copy(payload, 2);
  payload.writeUInt16BE(crc16(REQUEST), 2 + REQUEST.length);
  const bad = Buffer.from(`\x06\x09${payload.toString('base64')}\n`, 'latin1');
  const { packets, counters } = read(bad, ANSWER_FRAME);
  expect(packets).toEqual([ANSWER]);
  expect(counters).toEqual({ frames: 1, base64: 0, length: 1, crc: 0 });
});

test.each([
  ['a wrong CRC', '\x06\x09ABMLAAAJAAAAAKFhcmVoZWxsbyTE\n', 'crc'],
  ['a character that is not base64', '\x06\x09ABMLAAAJAAAA*KFhcmVoZWxsbyTD\n', 'base64'],
  ['a part of a base64 group', '\x06\x09ABMLAAAJAAAAAKFhcmVoZWxsbyT\n', 'base64'],
  ['base64 after its padding', '\x06\x09ABMLAA==AJAAAAAKFhcmVoZWxsbyTD\n', 'base64'],
  ['a second frame that starts inside a line', '\x06\x09ABMLAAAJ', 'base64'],
  ['a second frame where its next line should be', '\x06\x09ABMLAAAJ\n', 'length'],
])('%s is counted as an error of its own kind', (_, bytes, cause) => {
  const { packets, counters } = read(Buffer.from(bytes, 'latin1'), ANSWER_FRAME);
  expect(packets).toEqual([ANSWER]);
  expect(counters).toEqual({ ...newCounters(), frames: 1, [cause]: 1 });
});

test('a CR before the LF, lines of another width and noise between lines do no harm', () => {
  const [first, second] = ['ABMLAAAJAAAA', 'AKFhcmVoZWxsbyTD'];
  const line = `\x06\x09${first}\r\nuart: late\x04\n\x04\x14${second}\r\n`;
  expect(read(Buffer.from(line, 'latin1')).packets).toEqual([ANSWER]);
});

test('a following line without a first one is ignored', () => {
  expect(read(Buffer.from('\x04\x14ABMLAAAJAAAAAKFhcmVoZWxsbyTD\n', 'latin1'))).toEqual({
    packets: [],
    counters: newCounters(),
  });
});

test('a reset reader forgets a partial frame', () => {
  const packets: Buffer[] = [];
  const counters = newCounters();
  const reader = new FrameReader((packet) => packets.push(Buffer.from(packet)), counters);
  reader.push(ANSWER_FRAME.subarray(0, -1));
  reader.reset();
  reader.push(Buffer.from('\n'));
  expect({ packets, counters }).toEqual({ packets: [], counters: newCounters() });
});
