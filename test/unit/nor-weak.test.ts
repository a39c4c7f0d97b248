import { describe, expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { Nor, type Tear } from '../../host/emulator/index.js';
import { cut, failing, filled, holding, image, outcome, read, SMALL, visible, weakenBit0 } from './nor-support.js';

describe('a weak cell', () => {
  /**
   * Bit 1 of byte 70. A torn program that should clear it left it weak, or a torn erase that
   * should set it.
   */
  const WEAK = { address: 70, mask: 2 };
  const MADE: Record<string, () => Nor> = {
    program: () => {
      const nor = new Nor(SMALL);
      nor.strike(cut({ kind: 'weak', cell: 2, others: 'none' }));
      outcome(() => nor.program(68, Uint8Array.of(0xfe, 0xfe, 0xfd, 0xfe)));
      return nor;
    },
    erase: () => {
      const nor = holding(image(0xff, [68, [0xff, 0xff, 0x01, 0xff]]));
      nor.strike(cut({ kind: 'weak', cell: 0, others: 'all' }));
      outcome(() => nor.erase(64));
      return nor;
    },
  };
  const ways = Object.keys(MADE);
  const made = (way: string): Nor => {
    const nor = MADE[way]?.() ?? new Nor(SMALL);
    expect(nor.weakCells).toEqual([WEAK]);
    return nor;
  };
  const manyReads = (nor: Nor, address = 0, length = nor.bytes): Uint8Array[] =>
    Array.from({ length: 200 }, () => read(nor, address, length));
  /** A program that leaves a weak cell at 1 works or fails, as the cell reads by chance. */
  const EITHER: number[] = [0, HalError.Device];
  /** How many of the reads of byte 70 found the weak bit set. */
  const ones = (nor: Nor): number => manyReads(nor, 70, 1).filter(([byte = 0]) => (byte & WEAK.mask) !== 0).length;

  it.each(ways)('of a torn %s reads as 0 or 1 about equally often, and no other cell does', (way) => {
    const nor = made(way);
    const held = nor.snapshot();
    const found = manyReads(nor);
    expect(new Set(found.map((bytes) => bytes[70]))).toEqual(new Set([0xff, 0xfd]));
    found.forEach((bytes) => (bytes[70] = held[70] ?? 0));
    expect(new Set(found.map((bytes) => Buffer.from(bytes).toString('hex'))).size).toBe(1);
    expect(found[0]).toEqual(held);
    expect(ones(nor)).toBeGreaterThan(60);
    expect(ones(nor)).toBeLessThan(140);
  });

  it.each(ways)('of a torn %s is not settled by reads, which change nothing', (way) => {
    const nor = made(way);
    const held = nor.snapshot();
    manyReads(nor);
    expect(nor.snapshot()).toEqual(held);
    expect(nor.weakCells).toEqual([WEAK]);
  });

  it('is read at its own address, wherever the read begins and ends', () => {
    const nor = made('program');
    const values = (address: number, length: number, at: number): unknown =>
      new Set(manyReads(nor, address, length).map((bytes) => bytes[at]));
    const both = new Set([0xff, 0xfd]);
    expect(values(70, 1, 0)).toEqual(both);
    expect(values(70, 20, 0)).toEqual(both);
    expect(values(60, 11, 10)).toEqual(both);
    expect(new Set(manyReads(nor, 60, 10).map((bytes) => bytes.join()))).toEqual(new Set([filled(10, 0xff).join()]));
    expect(new Set(manyReads(nor, 71, 10).map((bytes) => bytes.join()))).toEqual(new Set([filled(10, 0xff).join()]));
  });

  it('reads independently of another one', () => {
    const nor = new Nor(SMALL);
    weakenBit0(nor, 4);
    weakenBit0(nor, 5);
    expect(new Set(manyReads(nor, 4, 2).map(([a = 0, b = 0]) => `${a & 1}${b & 1}`)).size).toBe(4);
  });

  it('reads the same again with the same seed, and differently with another', () => {
    const sequence = (seed: number): string => {
      const nor = made('program');
      nor.seedNoise(seed);
      return manyReads(nor, 70, 1).join();
    };
    expect(sequence(5)).toBe(sequence(5));
    expect(sequence(6)).not.toBe(sequence(5));
  });

  it.each(ways)('of a torn %s is settled by an erase of its sector', (way) => {
    const nor = made(way);
    expect(nor.erase(64)).toBe(0);
    expect(nor.weakCells).toEqual([]);
    expect(ones(nor)).toBe(200);
  });

  it.each(ways)('of a torn %s is settled by a program of 0 over it', (way) => {
    const nor = made(way);
    expect(nor.program(68, Uint8Array.of(0xff, 0xff, 0xfd, 0xff))).toBe(0);
    expect(nor.weakCells).toEqual([]);
    expect(ones(nor)).toBe(0);
    expect(nor.program(68, filled(4, 0xff))).toBe(HalError.Argument);
  });

  it.each(ways)('of a torn %s is not settled by a program of 1, which works or fails as the cell reads', (way) => {
    const nor = made(way);
    const results = Array.from({ length: 50 }, () => nor.program(68, Uint8Array.of(0xff, 0xff, 0xfe, 0x0f)));
    expect(new Set(results)).toEqual(new Set(EITHER));
    expect(nor.weakCells).toEqual([WEAK]);
    expect(new Set(manyReads(nor, 70, 1).map(([byte]) => byte))).toEqual(new Set([0xfe, 0xfc]));
    expect(read(nor, 71, 1)).toEqual(Uint8Array.of(0x0f));
    expect(nor.program(68, filled(4, 0xff))).toBe(HalError.Argument);
  });

  it.each([68, 69, 71])('in byte %i is settled only by a 0 there, in a program of bytes 68 to 71', (address) => {
    const stays = filled(4, 0xff);
    const clears = stays.slice();
    clears[address - 68] = 0xfd;
    const nor = holding(image(0xff, [address, [0xfd]]));
    nor.strike(cut({ kind: 'weak', cell: 0, others: 'all' }));
    outcome(() => nor.erase(64));
    expect(EITHER).toContain(nor.program(68, stays));
    expect(nor.weakCells).toEqual([{ address, mask: 2 }]);
    expect(nor.program(68, clears)).toBe(0);
    expect(nor.weakCells).toEqual([]);
    expect(nor.program(68, stays)).toBe(HalError.Argument);
  });

  it.each(ways)('of a torn %s is not settled by operations elsewhere', (way) => {
    const nor = made(way);
    for (const address of [0, 128, 192]) expect(nor.erase(address)).toBe(0);
    expect(nor.program(64, filled(4, 0))).toBe(0);
    expect(nor.program(72, filled(100, 0))).toBe(0);
    expect(nor.weakCells).toEqual([WEAK]);
    expect(new Set(manyReads(nor, 70, 1).map(([byte]) => byte))).toEqual(new Set([0xff, 0xfd]));
  });

  it.each(ways)('of a torn %s is not settled by a torn erase, whatever that leaves', (way) => {
    const tears: Tear[] = [
      { kind: 'prefix', bytes: 0 },
      { kind: 'prefix', bytes: 64 },
      { kind: 'zeroed', bytes: 64 },
    ];
    for (const tear of tears) {
      const nor = made(way);
      nor.strike(cut(tear));
      outcome(() => nor.erase(64));
      expect(nor.weakCells).toEqual([WEAK]);
      expect(ones(nor) % 200).not.toBe(0);
    }
  });

  it.each(ways)('of a torn %s is settled by a torn program if that reached it', (way) => {
    for (const [bytes, weak] of [
      [2, [WEAK]],
      [3, []],
    ] as const) {
      const nor = made(way);
      nor.strike(cut({ kind: 'prefix', bytes }));
      outcome(() => nor.program(68, filled(4, 0)));
      expect(nor.weakCells).toEqual(weak);
      expect(ones(nor) === 0).toBe(bytes === 3);
    }
  });

  it.each(ways)('of a torn %s that is torn again is still one weak cell, and reads as 0 or 1', (way) => {
    const nor = made(way);
    nor.strike(cut({ kind: 'weak', cell: 0, others: 'none' }));
    outcome(() => nor.program(68, Uint8Array.of(0xff, 0xff, 0xfd, 0xff)));
    expect(nor.weakCells).toEqual([WEAK]);
    expect(ones(nor) % 200).not.toBe(0);
  });

  it('stays weak if another one is settled', () => {
    const nor = made('program');
    weakenBit0(nor, 70);
    weakenBit0(nor, 10);
    expect(nor.weakCells).toEqual([WEAK, { address: 70, mask: 1 }, { address: 10, mask: 1 }]);
    expect(EITHER).toContain(nor.program(68, Uint8Array.of(0xff, 0xff, 0xfd, 0xff)));
    expect(nor.weakCells).toEqual([
      { address: 70, mask: 1 },
      { address: 10, mask: 1 },
    ]);
    expect(nor.erase(64)).toBe(0);
    expect(nor.weakCells).toEqual([{ address: 10, mask: 1 }]);
  });

  it('is left in the second sector by a torn program over two sectors', () => {
    const nor = new Nor(SMALL);
    nor.strike(cut({ kind: 'weak', cell: 8 * 5, others: 'before' }));
    outcome(() => nor.program(60, filled(8, 0)));
    expect(nor.weakCells).toEqual([{ address: 65, mask: 1 }]);
    nor.erase(0);
    expect(nor.weakCells).toHaveLength(1);
    nor.erase(64);
    expect(nor.weakCells).toEqual([]);
  });

  it('is not left by an operation that changes fewer cells', () => {
    const nor = new Nor(SMALL);
    nor.strike(cut({ kind: 'weak', cell: 3, others: 'all' }));
    expect(outcome(() => nor.program(0, filled(4, 0xfe)))).toBe('cut');
    expect(nor.weakCells).toEqual([{ address: 3, mask: 1 }]);
    nor.strike(cut({ kind: 'weak', cell: 4, others: 'all' }));
    expect(outcome(() => nor.program(4, filled(4, 0xfe)))).toBe('cut');
    expect(nor.weakCells).toEqual([{ address: 3, mask: 1 }]);
    expect(nor.snapshot().subarray(4, 8)).toEqual(filled(4, 0xfe));
  });

  it('can no longer be settled in a sector that failed', () => {
    const nor = new Nor(SMALL);
    nor.strike(failing({ kind: 'weak', cell: 0, others: 'all' }));
    expect(nor.program(68, filled(4, 0))).toBe(HalError.Device);
    const before = visible(nor);
    expect(nor.erase(64)).toBe(HalError.Device);
    expect(nor.program(68, filled(4, 0))).toBe(HalError.Device);
    expect(visible(nor)).toEqual(before);
    expect(new Set(manyReads(nor, 68, 1).map(([byte]) => byte))).toEqual(new Set([0, 1]));
  });
});
