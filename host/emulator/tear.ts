import { type Random, seededRandom } from './random.js';

/**
 * What a program or an erase leaves when it does not finish. Bytes count from the first one of the
 * operation. A cell is a bit; only the cells that the operation should change are counted.
 *
 * - `prefix`, `suffix`: that many bytes at the start, or at the end, are new; the others are old.
 * - `random`: each cell has changed with a chance of `sixteenths` in 16.
 * - `zeroed`: that many bytes at the start are zeros, because chips program a sector to zeros
 *   before they erase it.
 * - `weak`: a cell stopped half way. It reads at random until its sector is erased completely,
 *   or the cell is programmed to 0. Of the other cells, all have changed, or none, or those before
 *   it. If there are fewer cells than `cell`, none is weak.
 * - `stuck`: a cell keeps its old value for ever; all others have changed. If there are fewer
 *   cells than `cell`, none is stuck.
 */
export type Tear =
  | { readonly kind: 'prefix' | 'suffix' | 'zeroed'; readonly bytes: number }
  | { readonly kind: 'random'; readonly sixteenths: number; readonly seed: number }
  | { readonly kind: 'weak'; readonly cell: number; readonly others: 'all' | 'none' | 'before' }
  | { readonly kind: 'stuck'; readonly cell: number };

/** A cell of flash. */
export interface Cell {
  readonly address: number;
  /** Its bit in the byte there. */
  readonly mask: number;
}

/** What an operation left. The address of a harmed cell counts from the operation's first byte. */
export interface Torn {
  readonly bytes: Uint8Array;
  readonly weak?: Cell | undefined;
  readonly stuck?: Cell | undefined;
}

/** Returns what an interrupted change from `before` to `wanted` leaves. */
export function torn(before: Uint8Array, wanted: Uint8Array, tear: Tear): Torn {
  const bytes = before.slice();
  if (tear.kind === 'random') {
    const random = seededRandom(tear.seed);
    for (let i = 0; i < bytes.length; i++) {
      const changes = at(before, i) ^ at(wanted, i);
      if (changes !== 0) bytes[i] = at(before, i) ^ (changes & randomMask(random, tear.sixteenths));
    }
  } else if (tear.kind === 'weak') {
    const { bytes: left, cell: weak } = besideCell(bytes, wanted, tear.cell, tear.others);
    return { bytes: left, weak };
  } else if (tear.kind === 'stuck') {
    const { bytes: left, cell: stuck } = besideCell(bytes, wanted, tear.cell, 'all');
    return { bytes: left, stuck };
  } else if (tear.kind === 'zeroed') {
    bytes.fill(0, 0, tear.bytes);
  } else {
    const from = tear.kind === 'prefix' ? 0 : Math.max(0, bytes.length - tear.bytes);
    const to = tear.kind === 'prefix' ? tear.bytes : bytes.length;
    bytes.set(wanted.subarray(from, to), from);
  }
  return { bytes };
}

/** How many cells an operation should change. */
export function changingCells(before: Uint8Array, wanted: Uint8Array): number {
  let cells = 0;
  for (let i = 0; i < before.length; i++) cells += ones(at(before, i) ^ at(wanted, i));
  return cells;
}

/**
 * Leaves the cell with index `count` as it was. Of the other cells that should change, `others`
 * do.
 */
function besideCell(
  bytes: Uint8Array,
  wanted: Uint8Array,
  count: number,
  others: 'all' | 'none' | 'before',
): { bytes: Uint8Array; cell?: Cell } {
  let left = count;
  let i = 0;
  let changes = 0;
  for (; i < bytes.length; i++) {
    changes = at(bytes, i) ^ at(wanted, i);
    if (left < ones(changes)) break;
    left -= ones(changes);
  }
  if (others !== 'none') bytes.set(wanted.subarray(0, i));
  if (i === bytes.length) return { bytes };
  for (; left > 0; left--) changes &= changes - 1;
  const mask = changes & -changes;
  const done = { all: 0xff & ~mask, none: 0, before: mask - 1 }[others];
  bytes[i] = (at(bytes, i) & ~done) | (at(wanted, i) & done);
  if (others === 'all') bytes.set(wanted.subarray(i + 1), i + 1);
  return { bytes, cell: { address: i, mask } };
}

function randomMask(random: Random, sixteenths: number): number {
  let nibbles = Math.floor(random() * 2 ** 32);
  let mask = 0;
  for (let bit = 0; bit < 8; bit++, nibbles >>>= 4) {
    if ((nibbles & 15) < sixteenths) mask |= 1 << bit;
  }
  return mask;
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

function ones(byte: number): number {
  return at(ONES, byte);
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}
