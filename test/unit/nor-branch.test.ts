import { describe, expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { Nor } from '../../host/emulator/index.js';
import {
  cut,
  failing,
  filled,
  holding,
  image,
  MemoryBacking,
  outcome,
  read,
  SMALL,
  visible,
  weakenBit0,
} from './nor-support.js';

/**
 * Every operation that changes a flash, across or beside the border of sectors 0 and 1 if
 * possible.
 */
const CHANGES: [string, (nor: Nor) => unknown][] = [
  ['a program', (nor) => nor.program(60, filled(8, 0x11))],
  ['an erase', (nor) => nor.erase(64)],
  ['a program after an erase', (nor) => nor.erase(64) || nor.program(64, filled(4, 0xaa))],
  [
    'a torn program',
    (nor) => {
      nor.strike(cut({ kind: 'suffix', bytes: 6 }));
      return outcome(() => nor.program(60, filled(8, 0x11)));
    },
  ],
  [
    'a torn erase',
    (nor) => {
      nor.strike(cut({ kind: 'prefix', bytes: 6 }));
      return outcome(() => nor.erase(64));
    },
  ],
  [
    'an erase that failed half way',
    (nor) => {
      nor.strike(failing({ kind: 'zeroed', bytes: 6 }));
      return nor.erase(64);
    },
  ],
  [
    'a cell that became weak',
    (nor) => {
      nor.strike(cut({ kind: 'weak', cell: 20, others: 'before' }));
      return outcome(() => nor.erase(64));
    },
  ],
  ['a load', (nor) => nor.load(image(0x33))],
  ['wear', (nor) => nor.worn.add(1)],
];

/** Sector 3 is erased, the others are not. */
const PARTLY = image(0x55, [192, filled(64, 0xff)]);

describe('a branch', () => {
  it('has the same bytes, erased sectors included', () => {
    const branch = holding(PARTLY).branch();
    expect(branch.snapshot()).toEqual(PARTLY);
    expect(read(branch)).toEqual(PARTLY);
    expect(branch.geometry).toEqual(SMALL);
  });

  it.each(CHANGES)('does not see %s in the flash that it was made from', (_what, change) => {
    const nor = holding(PARTLY);
    const branch = nor.branch();
    const before = visible(branch);
    const own = visible(nor);
    change(nor);
    expect(visible(branch)).toEqual(before);
    expect(visible(nor)).not.toEqual(own);
  });

  it.each(CHANGES)('does not show %s to the flash that it was made from, or to another branch', (_what, change) => {
    const nor = holding(PARTLY);
    const branch = nor.branch();
    const other = nor.branch();
    const before = [visible(nor), visible(other)];
    const own = visible(branch);
    change(branch);
    expect([visible(nor), visible(other)]).toEqual(before);
    expect(visible(branch)).not.toEqual(own);
  });

  it.each(CHANGES)('keeps %s separate over two generations, in whatever order the three change', (_what, change) => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const order of orders) {
      const nor = holding(PARTLY);
      const child = nor.branch();
      const all = [nor, child, child.branch()];
      for (const turn of order) {
        const before = all.map(visible);
        const changed = all[turn] ?? nor;
        change(changed);
        // A second change finds a sector that is no longer shared.
        outcome(() => changed.program(128 + 4 * turn, filled(4, 0x44)));
        const expected = before.map((seen, i) => (i === turn ? visible(changed) : seen));
        expect(all.map(visible), `${order.join()}: ${turn}`).toEqual(expected);
      }
    }
  });

  it('passes its changes on to its own branches', () => {
    const nor = holding(PARTLY);
    const child = nor.branch();
    child.program(0, filled(4, 0x11));
    const grandchild = child.branch();
    child.program(4, filled(4, 0x11));
    expect(grandchild.snapshot()).toEqual(image(0x55, [192, filled(64, 0xff)], [0, filled(4, 0x11)]));
    expect(nor.snapshot()).toEqual(PARTLY);
  });

  it('has the same worn sectors and weak cells, and settles weak cells only for itself', () => {
    const nor = holding(PARTLY);
    weakenBit0(nor, 200);
    nor.worn.add(1);
    const branch = nor.branch();
    const weak = [{ address: 200, mask: 1 }];
    expect(branch.erase(64)).toBe(HalError.Device);
    expect(branch.weakCells).toEqual(weak);
    expect(new Set(Array.from({ length: 50 }, () => read(branch, 200, 1)[0]))).toEqual(new Set([0xff, 0xfe]));
    const another = nor.branch();
    branch.erase(192);
    expect([nor.weakCells, branch.weakCells, another.weakCells]).toEqual([weak, [], weak]);
    nor.erase(192);
    expect([nor.weakCells, branch.weakCells, another.weakCells]).toEqual([[], [], weak]);
    nor.worn.clear();
    expect([...branch.worn]).toEqual([1]);
    branch.worn.add(2);
    expect([...nor.worn, ...another.worn]).toEqual([1]);
  });

  it('reads its weak cells as any other branch does, whatever was read before it was made', () => {
    const nor = holding(PARTLY);
    weakenBit0(nor, 200);
    const reads = (branch: Nor): unknown => Array.from({ length: 50 }, () => read(branch, 200, 1)[0]);
    const first = reads(nor.branch());
    nor.seedNoise(9);
    reads(nor);
    expect(reads(nor.branch())).toEqual(first);
  });

  it('counts its operations from zero, separately', () => {
    const nor = new Nor(SMALL);
    nor.program(0, filled(4, 0));
    nor.erase(64);
    read(nor);
    const branch = nor.branch();
    expect(branch).toMatchObject({ reads: 0, bytesRead: 0, programs: 0, bytesProgrammed: 0, erases: [0, 0, 0, 0] });
    branch.erase(128);
    expect(nor.erases).toEqual([0, 1, 0, 0]);
  });

  it('has no planned faults and no `onOperation`', () => {
    const nor = new Nor(SMALL);
    nor.strike(cut({ kind: 'prefix', bytes: 0 }));
    nor.onOperation = () => expect.unreachable();
    const branch = nor.branch();
    expect(branch.program(0, filled(4, 0))).toBe(0);
    nor.onOperation = undefined;
    expect(outcome(() => nor.erase(0))).toBe('cut');
    branch.strike(cut({ kind: 'prefix', bytes: 0 }));
    expect(nor.erase(0)).toBe(0);
  });

  it('has no backing', () => {
    const backing = new MemoryBacking(SMALL, PARTLY);
    const nor = new Nor(SMALL, backing);
    const branch = nor.branch();
    branch.program(0, filled(4, 0));
    branch.erase(64);
    branch.load(image(1));
    expect(backing.writes).toBe(0);
    nor.program(8, filled(4, 0x11));
    expect(backing.image).toEqual(nor.snapshot());
  });

  it.each([4096, 65_536])(
    'takes little memory for a change in a sector of %i bytes, and none before it',
    (sectorBytes) => {
      const nor = new Nor({ sectorBytes, sectorCount: 16, programUnit: 1 });
      nor.load(filled(nor.bytes, 0xf0));
      const before = process.memoryUsage().arrayBuffers;
      const branches = Array.from({ length: 1000 }, () => nor.branch());
      // Whole copies would take 64 MB at least.
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
      branches.forEach((branch) => branch.program(0, Uint8Array.of(0)));
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20);
      expect(nor.snapshot()[0]).toBe(0xf0);
    },
  );
});
