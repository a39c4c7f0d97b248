import { encodeFrame } from '../../build/host/smp/frame.js';

/** A generation that the table never has, and that no flipped bit or byte makes one that it has. */
const STALE = 0xa5a5a5a5;
/** The check digit is wrong, and the last but one too: no single digit mends both. */
const PANS = [
  '4242424242424241',
  '6222040000030012',
  '424242424242424',
  '4242-4242 4242 4241',
  '42424242424242411111',
  '',
  '4'.repeat(300),
  'x',
];
const NAMES = [
  'ZHANG SAN',
  '李四',
  'A',
  'X'.repeat(27),
  '张'.repeat(26),
  '12345',
  'A^B',
  '\u0000',
  '\ud83d\ude00',
  '',
  '•',
];
const KEYS = [
  'gen',
  'pan',
  'name',
  'role',
  'slot',
  'slots',
  'nonce',
  'cvv',
  'd',
  'format',
  'query',
  'datetime',
  'x',
  'confirm',
  'name',
];
const COMMANDS = [
  [0, 0],
  [0, 4],
  [0, 5],
  [0, 6],
  [0, 7],
  [0, 8],
  [2, 0],
  [2, 1],
  [66, 0],
  [66, 1],
  [66, 2],
  [66, 3],
  [66, 4],
  [66, 6],
  [65, 0],
  [65, 1],
  [65, 2],
  [65, 4],
  [65, 5],
  [65, 7],
  [1, 0],
  [0xffff, 255],
];

/** A CBOR head: RFC 8949, section 3. `wide` writes it longer than need be. */
function head(major, value, wide = 0) {
  const big = BigInt(value);
  const size = Math.max(wide, big < 24n ? 0 : big < 0x100n ? 1 : big < 0x10000n ? 2 : big < 0x100000000n ? 4 : 8);
  if (size === 0) return [(major << 5) | Number(big)];
  const bytes = [];
  for (let i = size - 1; i >= 0; i--) bytes.push(Number((big >> BigInt(8 * i)) & 0xffn));
  return [(major << 5) | { 1: 24, 2: 25, 4: 26, 8: 27 }[size], ...bytes];
}

const text = (value) => [...head(3, Buffer.byteLength(value)), ...Buffer.from(value)];

/** Makes one packet, most of them spoiled in some way. `random` answers numbers in [0, 1). */
export function makePacket(random) {
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const bytes = (n) => Array.from({ length: n }, () => below(256));

  const junk = (depth) => {
    const wide = pick([0, 0, 0, 1, 2, 4, 8]);
    switch (below(depth > 6 ? 8 : 12)) {
      case 0:
        return head(0, pick([0, 1, 8, 9, 23, 24, 255, 256, 65536, 2 ** 32, 2n ** 64n - 1n]), wide);
      case 1:
        return head(1, below(300), wide);
      case 2:
        return [...head(2, 8, wide), ...bytes(8)];
      case 3:
        return text(pick([...PANS, ...NAMES]));
      case 4:
        return [pick([0xf4, 0xf5, 0xf6, 0xf7, 0xf9, 0xfa, 0xfb, 0xff]), ...bytes(below(9))];
      case 5:
        return head(pick([2, 3, 4, 5]), pick([1000, 2 ** 31, 2 ** 32, 2n ** 63n, 2n ** 64n - 1n]), wide);
      case 6:
        return [pick([0x5f, 0x7f]), ...text('a'), 0xff];
      case 7:
        return head(6, below(100), wide).concat(junk(depth + 1));
      case 8:
        return Array(below(300)).fill(pick([0x81, 0x9f, 0xa1, 0xbf, 0xc1]));
      case 9: {
        const count = below(5);
        return [...head(4, count, wide), ...Array.from({ length: count }, () => junk(depth + 1)).flat()];
      }
      case 10: {
        const count = below(4);
        return [
          ...head(5, count, wide),
          ...Array.from({ length: count }, () => [...text(pick(KEYS)), ...junk(depth + 1)]).flat(),
        ];
      }
      default:
        return [pick([0x9f, 0xbf]), ...junk(depth + 1), ...(random() < 0.7 ? [0xff] : [])];
    }
  };

  /** A map of keys and values; changes carry `STALE` and a bad number. */
  const map = (pairs) => {
    const open = random() < 0.2 ? [0xbf] : head(5, pairs.length, pick([0, 0, 1]));
    return [...open, ...pairs.flatMap(([key, value]) => [...text(key), ...value]), ...(open[0] === 0xbf ? [0xff] : [])];
  };
  const card = () => [
    ['pan', text(pick(PANS))],
    ['name', text(pick(NAMES))],
    ...(random() < 0.3 ? [['role', head(0, below(4))]] : []),
  ];
  const body = (group, command) => {
    if (random() < 0.25) return junk(0);
    if (group === 66 && command === 6) return map([['confirm', text(pick(['yes', '', 'forget it']))]]);
    if (group === 66 && command === 3) {
      const slots = Array.from({ length: pick([8, 8, 8, 7, 9, 0]) }, () =>
        pick([[0xf5], [0xf6], map(card()), junk(3)]),
      ).flat();
      return map([
        ['gen', head(0, STALE)],
        ['slots', [...head(4, 8), ...slots]],
      ]);
    }
    if (group === 66 && command === 2)
      return map([
        ['gen', head(0, STALE)],
        ['slot', head(0, 1 + below(2))],
      ]);
    if (group === 66 && command === 4) return map([['nonce', [...head(2, 16), ...bytes(16)]]]);
    if (group === 66) return map([['gen', head(0, STALE)], ...card(), ...(random() < 0.3 ? [['slot', junk(5)]] : [])]);
    if (random() < 0.2) return [];
    return map([
      [
        pick(KEYS),
        random() < 0.5
          ? text(pick(['link', 'flash', 'a', 'snz', '2026-01-02T03:04:05', 'x'.repeat(below(2100))]))
          : junk(1),
      ],
    ]);
  };

  const [group, command] = pick(COMMANDS);
  let content = body(group, command).slice(0, 3000);
  // A format that is confirmed is no fuzz: it is an order.
  if (group === 66 && command === 6 && Buffer.from(content).includes('format')) content = [];
  const length = random() < 0.03 ? below(65536) : content.length;
  const op =
    random() < 0.05 ? below(256) : pick([0, 8]) | (group === 66 && command !== 0 && command !== 4 ? 2 : pick([0, 2]));
  const packet = Uint8Array.from([
    op,
    0,
    length >> 8,
    length & 255,
    group >> 8,
    group & 255,
    below(256),
    command,
    ...content,
  ]);

  if (random() < 0.1 && packet.length > 8) {
    // One bit of the CBOR, under a good CRC.
    const at = 8 + below(packet.length - 8);
    packet[at] ^= 1 << below(8);
  }
  return packet;
}

/** Makes the bytes of one frame, or of what is left of one. */
export function makeFrame(random) {
  return spoilFrame(encodeFrame(makePacket(random)), random);
}

/** Cuts one frame in ten short, doubles it, or makes it something else. */
export function spoilFrame(frame, random) {
  const below = (n) => Math.floor(random() * n);
  const spoil = random();
  if (spoil < 0.04) frame = frame.subarray(0, below(frame.length));
  else if (spoil < 0.08) frame[below(frame.length)] ^= 1 << below(8);
  else if (spoil < 0.1) frame = Buffer.concat([frame, frame]);
  else if (spoil < 0.12) frame = Buffer.from(Array.from({ length: below(400) }, () => below(256)));
  else if (spoil < 0.13) frame = Buffer.concat([Buffer.from('\u0006\u0009'), Buffer.from('A'.repeat(below(6000)))]);
  return frame;
}
