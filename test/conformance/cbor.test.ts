import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Group, Op, OsCommand, Rc, Size } from '../../assembly/protocol.js';
import { type Body, decodeBody } from '../../host/smp/packet.js';
import { encodeFrame, FrameReader } from '../../host/smp/frame.js';
import type { ByteStream } from '../../host/index.js';
import { type Bench, type Target, targets } from '../support/targets.js';

/** The examples of RFC 8949. */
interface Vectors {
  readonly wellFormed: readonly string[];
  readonly notWellFormed: Readonly<Record<string, readonly string[]>>;
}
const { wellFormed, notWellFormed } = JSON.parse(
  readFileSync(new URL('../vectors/cbor.json', import.meta.url), 'utf8'),
) as Vectors;

/** `"x"`, a key that no command knows. */
const UNKNOWN = '6178';
/** `"d": "hi"`, what echo repeats. */
const ECHO = '6164626869';
const deepest = (depth: number, open: string, close = ''): string => `${open.repeat(depth)}00${close.repeat(depth)}`;

const GOOD: readonly [string, string][] = [
  ...wellFormed.map((hex): [string, string] => [hex, `a2${UNKNOWN}${hex}${ECHO}`]),
  ...wellFormed.map((hex): [string, string] => [`${hex}, as the last field`, `a2${ECHO}${UNKNOWN}${hex}`]),
  ['arrays, 15 deep in the map', `a2${UNKNOWN}${deepest(15, '81')}${ECHO}`],
  ['tags, 15 deep in the map', `a2${UNKNOWN}${deepest(15, 'c1')}${ECHO}`],
  ['maps that differ in one key, and not in its value', `a2${UNKNOWN}a201000200${ECHO}`],
  ['numbers and floats of the same bits', `a2${UNKNOWN}a2f9001400f400${ECHO}`],
  ['bytes and text that are the same', `a2${UNKNOWN}a2416100616100${ECHO}`],
  [
    'a map of 300 keys',
    `a2${UNKNOWN}b9012c${Array.from({ length: 300 }, (_, i) => `19${hex16(i)}00`).join('')}${ECHO}`,
  ],
];
function hex16(value: number): string {
  return value.toString(16).padStart(4, '0');
}

const BAD: readonly [string, string][] = [
  ...Object.entries(notWellFormed).flatMap(([kind, items]) =>
    items.map((hex): [string, string] => [`${kind}: ${hex}`, `a2${ECHO}${UNKNOWN}${hex}`]),
  ),
  ['arrays, 16 deep in the map', `a2${UNKNOWN}${deepest(16, '81')}${ECHO}`],
  ['arrays of indefinite length, 16 deep', `a2${UNKNOWN}${deepest(16, '9f', 'ff')}${ECHO}`],
  ['1,000 arrays in one another', `a2${ECHO}${UNKNOWN}${deepest(1000, '81')}`],
  ['bytes behind the map', `a1${ECHO}00`],
  ['a number in the place of the map', '00'],
  ['a map of indefinite length with an odd number of items', `bf${ECHO}${UNKNOWN}ff`],
  ['a known key twice', `a2${ECHO}${ECHO}`],
  ['an unknown key twice', `a3${UNKNOWN}00${ECHO}${UNKNOWN}01`],
  ['an unknown key twice, with a longer head', `a3${UNKNOWN}00${ECHO}78017801`],
  ['a key twice in a map of indefinite length', `bf${UNKNOWN}00${UNKNOWN}00ff`],
  ['a key twice below an unknown key', `a2${UNKNOWN}a201000100${ECHO}`],
  ['a number as a key twice, with a longer head', `a2${UNKNOWN}a20100180100${ECHO}`],
  ['an array as a key twice, deep below', `a2${UNKNOWN}8181bf810100810100ff${ECHO}`],
];

// A hostile line damages the frames, so nothing can be said about single ones on it.
for (const target of targets) describe.skipIf(target.hostile)(`CBOR on ${target.name}`, () => bodies(target));

function bodies(target: Target): void {
  let bench: Bench;
  let stream: ByteStream;
  let answered: (packet: Uint8Array) => void;
  beforeAll(async () => {
    bench = await target.start();
    stream = await bench.link.open();
    const counters = { frames: 0, base64: 0, length: 0, crc: 0 };
    const reader = new FrameReader((packet) => answered(packet), counters);
    stream.listen({ onData: (bytes) => reader.push(bytes), onEnd: () => undefined });
  });
  afterAll(async () => {
    await stream.close();
    await bench.stop();
  });

  async function echo(hex: string): Promise<Body> {
    const packet = Buffer.from(`0a00000000000000${hex}`, 'hex');
    packet.writeUInt16BE(packet.length - Size.SmpHeader, 2);
    packet.writeUInt16BE(Group.Os, 4);
    packet[0] = (1 << 3) | Op.Write;
    packet[7] = OsCommand.Echo;
    const reply = new Promise<Uint8Array>((resolve) => (answered = resolve));
    stream.write(encodeFrame(packet));
    return decodeBody(await reply);
  }

  it.each(GOOD)('ignores below an unknown key what is well-formed: %s', async (_what, hex) => {
    expect(await echo(hex)).toEqual({ r: 'hi' });
  });

  it.each(BAD)('refuses below an unknown key what is malformed: %s', async (_what, hex) => {
    expect(await echo(hex)).toEqual({ rc: Rc.Invalid });
  });
}
