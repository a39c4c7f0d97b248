import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, type Target, targets } from '../support/targets.js';
import { RawLine } from '../support/raw.js';
import { GOLDEN, RESET } from './golden.js';

function bytesOf(lines: readonly string[]): Buffer {
  const parts = lines.map((line) => {
    const [mark = '', text = ''] = line.split(' ');
    return Buffer.concat([Buffer.from(mark, 'hex'), Buffer.from(`${text}\n`, 'latin1')]);
  });
  return Buffer.concat(parts);
}

const ECHO = bytesOf(GOLDEN[0]?.request ?? []);
const ECHOED = bytesOf(GOLDEN[0]?.answer ?? []);
const LONG = GOLDEN.find(({ what }) => what === 'an echo over several lines') ?? { request: [], answer: [] };

/** Bytes that are not a good request. The terminal must accept the next good frame after each. */
const RUBBISH: readonly [string, Buffer][] = [
  ['text', Buffer.from('hello\r\nAT+GMR\r\n')],
  ['all 256 bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ['a frame cut short', ECHO.subarray(0, 10)],
  ['a frame without its end', ECHO.subarray(0, -1)],
  ['a first line alone', bytesOf(LONG.request.slice(0, 1))],
  [
    'a continuation with a wrong mark',
    bytesOf([...LONG.request.slice(0, 1), ...LONG.request.slice(1).map((line) => line.replace('0414', '0415'))]),
  ],
  ['a continuation alone', bytesOf(LONG.request.slice(1))],
  ['a wrong CRC', bytesOf(['0609 ABMKAAAJAAAAAKFhZGVoZWxsb6J+'])],
  ['a wrong length', bytesOf(['0609 ABIKAAAJAAAAAKFhZGVoZWxsb6J/'])],
  ['a length of zero', bytesOf(['0609 AAA='])],
  ['a length beyond all buffers', bytesOf(['0609 //8KAAAJAAAAAKFhZGVoZWxsb6J/'])],
  ['base64 with a wrong character', bytesOf(['0609 ABMKAAAJ!AAAAKFhZGVoZWxsb6J/'])],
  ['base64 that is cut inside a group of four', bytesOf(['0609 ABMKAAAJAAAAAKFhZGVoZWxsb6J'])],
  ['base64 with padding in the middle', bytesOf(['0609 ABMKAA==AAAAAKFhZGVoZWxsb6J/'])],
  ['a line of 10,000 characters', bytesOf([`0609 ${'A'.repeat(10_000)}`])],
  ['line marks without a line', Buffer.from('0609060906090414041406090609', 'hex')],
  ['a response', bytesOf(GOLDEN[0]?.answer ?? [])],
];

// A hostile line damages the frames, so nothing can be said about single bytes on it.
for (const target of targets) describe.skipIf(target.hostile)(`frames on ${target.name}`, () => frames(target));

function frames(target: Target): void {
  let bench: Bench;
  let line: RawLine;
  beforeAll(async () => {
    bench = await target.start();
    line = await RawLine.open(bench.link);
  });
  afterAll(async () => {
    await line.close();
    await bench.stop();
  });

  it.each(GOLDEN)('replies to $what, byte for byte', async ({ request, answer }) => {
    const expected = bytesOf(answer);
    line.write(bytesOf(request));
    expect((await line.read(expected.length)).toString('latin1')).toBe(expected.toString('latin1'));
  });

  it.each(RUBBISH)('accepts a good frame after %s', async (_what, rubbish) => {
    line.write(rubbish);
    line.write(ECHO);
    expect((await line.read(ECHOED.length)).toString('latin1')).toBe(ECHOED.toString('latin1'));
  });

  it('accepts CR LF as the end of a line, and lines longer than those that it sends', async () => {
    line.write(Buffer.from(ECHO.toString('latin1').replace('\n', '\r\n'), 'latin1'));
    expect((await line.read(ECHOED.length)).toString('latin1')).toBe(ECHOED.toString('latin1'));
    const slices = LONG.request.map((text) => Buffer.from(text.split(' ')[1] ?? '', 'base64'));
    line.write(bytesOf([`0609 ${Buffer.concat(slices).toString('base64')}`]));
    const expected = bytesOf(LONG.answer);
    expect((await line.read(expected.length)).toString('latin1')).toBe(expected.toString('latin1'));
  });

  it('accepts a frame that arrives byte by byte', async () => {
    for (const byte of ECHO) line.write(Uint8Array.of(byte));
    expect((await line.read(ECHOED.length)).toString('latin1')).toBe(ECHOED.toString('latin1'));
  });

  it('replies to a reset, byte for byte, and works again after it', async () => {
    const expected = bytesOf(RESET.answer);
    line.write(bytesOf(RESET.request));
    expect((await line.read(expected.length)).toString('latin1')).toBe(expected.toString('latin1'));
    // Bytes that arrive during the restart are lost, so repeat the request.
    const again = setInterval(() => line.write(ECHO), 100);
    try {
      expect((await line.read(ECHOED.length)).toString('latin1')).toBe(ECHOED.toString('latin1'));
    } finally {
      clearInterval(again);
    }
  });
}
