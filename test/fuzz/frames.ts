// Packets and frames, most of them spoiled.
import { CardCommand, Group } from '../../assembly/protocol.js';
import type { Random } from '../../host/emulator/random.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { Chooser } from '../support/choose.js';
import { head, junk, map, type Pair, text } from './cbor.js';

/** A generation that the table never has, nor if one of its bits or bytes changes. */
const STALE = 0xa5a5a5a5;
/** The check digit is wrong, and so is the one before it: no single digit corrects both. */
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
const WORDS = [...PANS, ...NAMES];
const KEYS = 'gen pan name role slot slots nonce cvv d format query datetime x confirm name index'.split(' ');
const COMMANDS: readonly { group: number; command: number }[] = (
  [
    [Group.Os, [0, 4, 5, 6, 7, 8]],
    [Group.Stat, [0, 1]],
    [Group.Enumeration, [0, 1, 2]],
    [Group.Card, [0, 1, 2, 3, 4, 6]],
    [Group.Session, [0, 1, 2, 4, 5, 7]],
    // Groups that no terminal has.
    [1, [0]],
    [0xffff, [255]],
  ] as const
).flatMap(([group, commands]) => commands.map((command) => ({ group, command })));
const CARD: number = Group.Card;
const LIST: number = CardCommand.List;
const UNBIND: number = CardCommand.Unbind;
const REPLACE: number = CardCommand.Replace;
const VERIFY: number = CardCommand.Verify;
const FORMAT: number = CardCommand.Format;
const HEADER_BYTES = 8;
const MOST_BODY_BYTES = 3000;

/** What no change of a table may hold: see `STALE` and `PANS`. */
const stale = (): Pair => ['gen', head(0, STALE)];
const card = (choose: Chooser): Pair[] => [
  ['pan', text(choose.pick(PANS))],
  ['name', text(choose.pick(NAMES))],
  ...(choose.random() < 0.3 ? [['role', head(0, choose.below(4))] as const] : []),
];

function bodyOfCard(choose: Chooser, command: number): number[] {
  switch (command) {
    case FORMAT:
      return map(choose, [['confirm', text(choose.pick(['yes', '', 'forget it']))]]);
    case REPLACE: {
      const slots = Array.from({ length: choose.pick([8, 8, 8, 7, 9, 0]) }, () =>
        choose.pick([[0xf5], [0xf6], map(choose, card(choose)), junk(choose, WORDS, KEYS, 3)]),
      ).flat();
      return map(choose, [stale(), ['slots', [...head(4, 8), ...slots]]]);
    }
    case UNBIND:
      return map(choose, [stale(), ['slot', head(0, 1 + choose.below(2))]]);
    case VERIFY:
      return map(choose, [['nonce', [...head(2, 16), ...choose.bytes(16)]]]);
    default: {
      const bound = card(choose);
      return map(choose, [
        stale(),
        ...bound,
        ...(choose.random() < 0.3 ? [['slot', junk(choose, WORDS, KEYS, 5)] as const] : []),
      ]);
    }
  }
}

function bodyOf(choose: Chooser, group: number, command: number): number[] {
  const { random } = choose;
  if (random() < 0.25) return junk(choose, WORDS, KEYS);
  if (group === CARD) return bodyOfCard(choose, command);
  if (random() < 0.2) return [];
  const key = choose.pick(KEYS);
  const value =
    random() < 0.5
      ? text(choose.pick(['link', 'flash', 'a', 'snz', '2026-01-02T03:04:05', 'x'.repeat(choose.below(2100))]))
      : junk(choose, WORDS, KEYS, 1);
  return map(choose, [[key, value]]);
}

/** Makes one packet, most of them spoiled in some way. */
export function makePacket(random: Random): Uint8Array {
  const choose = new Chooser(random);
  const { group, command } = choose.pick(COMMANDS);
  let content = bodyOf(choose, group, command).slice(0, MOST_BODY_BYTES);
  // A format that is confirmed is an order, which is obeyed.
  if (group === CARD && command === FORMAT && Buffer.from(content).includes('format')) content = [];
  const length = random() < 0.03 ? choose.below(65536) : content.length;
  const changes = group === CARD && command !== LIST && command !== VERIFY;
  const op = random() < 0.05 ? choose.below(256) : choose.pick([0, 8]) | (changes ? 2 : choose.pick([0, 2]));
  const packet = Uint8Array.from([
    op,
    0,
    length >> 8,
    length & 255,
    group >> 8,
    group & 255,
    choose.below(256),
    command,
    ...content,
  ]);
  // One bit of the CBOR, under a good CRC.
  if (random() < 0.1 && content.length > 0) choose.flip(packet.subarray(HEADER_BYTES));
  return packet;
}

/** Makes the bytes of one frame, or of what is left of one. */
export function makeFrame(random: Random): Uint8Array {
  return spoilFrame(encodeFrame(makePacket(random)), random);
}

/** Cuts one frame in ten short, doubles it, or makes it something else. */
export function spoilFrame(frame: Uint8Array, random: Random): Uint8Array {
  const choose = new Chooser(random);
  const spoil = random();
  if (spoil < 0.04) return frame.subarray(0, choose.below(frame.length));
  if (spoil < 0.08) {
    choose.flip(frame);
    return frame;
  }
  if (spoil < 0.1) return Buffer.concat([frame, frame]);
  if (spoil < 0.12) return Buffer.from(choose.bytes(choose.below(400)));
  if (spoil < 0.13) return Buffer.from(`\u0006\u0009${'A'.repeat(choose.below(6000))}`);
  return frame;
}
