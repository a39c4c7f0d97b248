// CBOR as nobody should write it.
import type { Chooser } from '../support/choose.js';

/** From here on, what is nested has nothing nested in it. */
const DEEPEST = 6;
const WIDTHS = [0, 0, 0, 1, 2, 4, 8];
const BREAK = 0xff;
const OPEN_MAP = 0xbf;

/** A head (RFC 8949, section 3). `wide`: at least so many bytes for its number, needed or not. */
export function head(major: number, value: number | bigint, wide = 0): number[] {
  const big = BigInt(value);
  const size = Math.max(wide, big < 24n ? 0 : big < 0x100n ? 1 : big < 0x10000n ? 2 : big < 0x100000000n ? 4 : 8);
  if (size === 0) return [(major << 5) | Number(big)];
  const bytes: number[] = [];
  for (let i = size - 1; i >= 0; i--) bytes.push(Number((big >> BigInt(8 * i)) & 0xffn));
  return [(major << 5) | (24 + Math.log2(size)), ...bytes];
}

export const text = (value: string): number[] => [...head(3, Buffer.byteLength(value)), ...Buffer.from(value)];

export type Pair = readonly [key: string, value: readonly number[]];

/** A map, now and then one of indefinite length. */
export function map(choose: Chooser, pairs: readonly Pair[]): number[] {
  const isOpen = choose.random() < 0.2;
  const content = (): number[] => pairs.flatMap(([key, value]) => [...text(key), ...value]);
  if (isOpen) return [OPEN_MAP, ...content(), BREAK];
  return [...head(5, pairs.length, choose.pick([0, 0, 1])), ...content()];
}

/** Anything, most of it wrong. `words` are texts, and `keys` names of fields, that it may have. */
export function junk(choose: Chooser, words: readonly string[], keys: readonly string[], depth = 0): number[] {
  const { random } = choose;
  const inner = (): number[] => junk(choose, words, keys, depth + 1);
  const wide = choose.pick(WIDTHS);
  switch (choose.below(depth > DEEPEST ? 8 : 12)) {
    case 0:
      return head(0, choose.pick([0, 1, 8, 9, 23, 24, 255, 256, 65536, 2 ** 32, 2n ** 64n - 1n]), wide);
    case 1:
      return head(1, choose.below(300), wide);
    case 2:
      return [...head(2, 8, wide), ...choose.bytes(8)];
    case 3:
      return text(choose.pick(words));
    case 4:
      return [choose.pick([0xf4, 0xf5, 0xf6, 0xf7, 0xf9, 0xfa, 0xfb, 0xff]), ...choose.bytes(choose.below(9))];
    case 5:
      return head(choose.pick([2, 3, 4, 5]), choose.pick([1000, 2 ** 31, 2 ** 32, 2n ** 63n, 2n ** 64n - 1n]), wide);
    case 6:
      return [choose.pick([0x5f, 0x7f]), ...text('a'), BREAK];
    case 7:
      return [...head(6, choose.below(100), wide), ...inner()];
    case 8:
      return Array<number>(choose.below(300)).fill(choose.pick([0x81, 0x9f, 0xa1, 0xbf, 0xc1]));
    case 9: {
      const count = choose.below(5);
      return [...head(4, count, wide), ...Array.from({ length: count }, inner).flat()];
    }
    case 10: {
      const count = choose.below(4);
      const pair = (): number[] => [...text(choose.pick(keys)), ...inner()];
      return [...head(5, count, wide), ...Array.from({ length: count }, pair).flat()];
    }
    default:
      return [choose.pick([0x9f, OPEN_MAP]), ...inner(), ...(random() < 0.7 ? [BREAK] : [])];
  }
}
