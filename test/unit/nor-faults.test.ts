import { describe, expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { Nor, PowerCut, type Tear } from '../../host/emulator/index.js';
import { torn } from '../../host/emulator/tear.js';
import { cut, failing, filled, holding, image, MemoryBacking, outcome, read, SMALL } from './nor-support.js';

const NOTHING: Tear = { kind: 'prefix', bytes: 0 };

/** One tear of each kind. None of them completes a program of 12 bytes or an erase. */
const TEARS: Tear[] = [
  { kind: 'prefix', bytes: 5 },
  { kind: 'suffix', bytes: 5 },
  { kind: 'zeroed', bytes: 5 },
  { kind: 'random', sixteenths: 8, seed: 3 },
  { kind: 'weak', cell: 17, others: 'before' },
];

describe('a torn program', () => {
  const done = (kind: string, bytes: number): Uint8Array => {
    if (kind === 'prefix') return image(0xff, [60, filled(bytes, 0x11)]);
    if (kind === 'suffix') return image(0xff, [72 - bytes, filled(bytes, 0x11)]);
    return image(0xff, [60, filled(bytes, 0)]);
  };

  it.each(['prefix', 'suffix', 'zeroed'] as const)('leaves exactly its %s, across the border of sectors', (kind) => {
    for (const bytes of [0, 1, 3, 4, 5, 6, 11, 12, 13]) {
      const nor = new Nor(SMALL);
      nor.strike(cut({ kind, bytes }));
      expect(() => nor.program(60, filled(12, 0x11))).toThrow(PowerCut);
      expect(nor.snapshot(), `${bytes}`).toEqual(done(kind, Math.min(bytes, 12)));
      expect(read(nor)).toEqual(nor.snapshot());
    }
  });

  it.each([
    ...TEARS,
    { kind: 'random', sixteenths: 0, seed: 1 } as const,
    { kind: 'random', sixteenths: 16, seed: 1 } as const,
  ])('changes its bytes as the tear %o does, and no others', (tear) => {
    const wanted = Uint8Array.from({ length: 12 }, (_, i) => 0x55 & (i * 7));
    const nor = holding(image(0x55));
    nor.strike(cut(tear));
    expect(() => nor.program(60, wanted)).toThrow(PowerCut);
    const left = torn(filled(12, 0x55), wanted, tear);
    expect(nor.snapshot()).toEqual(image(0x55, [60, left.bytes]));
    expect(nor.weakCells).toEqual(left.weak ? [{ ...left.weak, address: 60 + left.weak.address }] : []);
  });

  it('counts as one program of all its bytes', () => {
    const nor = new Nor(SMALL);
    nor.strike(cut(NOTHING), failing(NOTHING));
    outcome(() => nor.program(0, filled(12, 0)));
    outcome(() => nor.program(0, filled(8, 0)));
    expect(nor).toMatchObject({ programs: 2, bytesProgrammed: 20, erases: [0, 0, 0, 0] });
  });
});

describe('a torn erase', () => {
  const done = (kind: string, bytes: number): Uint8Array => {
    if (kind === 'prefix') return image(0x5a, [64, filled(bytes, 0xff)]);
    if (kind === 'suffix') return image(0x5a, [128 - bytes, filled(bytes, 0xff)]);
    return image(0x5a, [64, filled(bytes, 0)]);
  };

  it.each(['prefix', 'suffix', 'zeroed'] as const)('leaves exactly its %s', (kind) => {
    for (const bytes of [0, 1, 32, 63, 64, 65]) {
      const nor = holding(image(0x5a));
      nor.strike(cut({ kind, bytes }));
      expect(() => nor.erase(64)).toThrow(PowerCut);
      expect(nor.snapshot(), `${bytes}`).toEqual(done(kind, Math.min(bytes, 64)));
      expect(read(nor)).toEqual(nor.snapshot());
    }
  });

  it.each(TEARS)('changes its sector as the tear %o does, and no other', (tear) => {
    const nor = holding(image(0x5a));
    nor.strike(cut(tear));
    expect(() => nor.erase(64)).toThrow(PowerCut);
    const left = torn(filled(64, 0x5a), filled(64, 0xff), tear);
    expect(nor.snapshot()).toEqual(image(0x5a, [64, left.bytes]));
    expect(nor.weakCells).toEqual(left.weak ? [{ ...left.weak, address: 64 + left.weak.address }] : []);
  });

  it('counts as one erase', () => {
    const nor = new Nor(SMALL);
    nor.strike(cut(NOTHING), failing(NOTHING));
    outcome(() => nor.erase(64));
    outcome(() => nor.erase(64));
    expect(nor).toMatchObject({ programs: 0, erases: [0, 2, 0, 0] });
  });

  it('of an erased sector leaves the zeros that were programmed before the erase', () => {
    const nor = new Nor(SMALL);
    nor.strike(cut({ kind: 'zeroed', bytes: 3 }));
    outcome(() => nor.erase(64));
    expect(nor.snapshot()).toEqual(image(0xff, [64, [0, 0, 0]]));
  });
});

describe('planned faults', () => {
  it.each([0, 1, 2, 5])('come after %i complete operations, programs or erases', (after) => {
    const nor = holding(image(0));
    nor.strike({ after, tear: NOTHING, outcome: 'cut' });
    const operations = Array.from({ length: 8 }, (_, i) =>
      outcome(() => (i % 2 === 0 ? nor.erase(64) : nor.program(64, filled(4, 0)))),
    );
    expect(operations).toEqual(Array.from({ length: 8 }, (_, i) => (i === after ? 'cut' : 0)));
  });

  it('follow one another, each counted from the one before', () => {
    const nor = new Nor(SMALL);
    nor.strike(
      { after: 1, tear: { kind: 'prefix', bytes: 1 }, outcome: 'cut' },
      { after: 0, tear: { kind: 'prefix', bytes: 2 }, outcome: 'cut' },
      { after: 2, tear: { kind: 'prefix', bytes: 3 }, outcome: 'cut' },
    );
    const operations = Array.from({ length: 8 }, (_, i) => outcome(() => nor.program(8 * i, filled(4, 0))));
    expect(operations).toEqual([0, 'cut', 'cut', 0, 0, 'cut', 0, 0]);
    const bytes = [4, 1, 2, 4, 4, 3, 4, 4].map((length, i): [number, Uint8Array] => [8 * i, filled(length, 0)]);
    expect(nor.snapshot()).toEqual(image(0xff, ...bytes));
  });

  it('do not count reads and refused operations', () => {
    const nor = new Nor(SMALL);
    nor.worn.add(3);
    nor.strike({ after: 1, tear: NOTHING, outcome: 'cut' });
    read(nor);
    expect(nor.program(1, filled(4, 0))).toBe(HalError.Argument);
    expect(nor.erase(1)).toBe(HalError.Argument);
    expect(nor.program(192, filled(4, 0))).toBe(HalError.Device);
    expect(nor.erase(192)).toBe(HalError.Device);
    expect(nor.program(0, filled(4, 0))).toBe(0);
    expect(outcome(() => nor.program(8, filled(4, 0)))).toBe('cut');
  });

  it('replace those planned before, and `strike()` without faults cancels them', () => {
    const nor = new Nor(SMALL);
    nor.strike(cut(NOTHING), cut(NOTHING));
    nor.strike({ after: 1, tear: NOTHING, outcome: 'cut' });
    expect(nor.erase(0)).toBe(0);
    expect(outcome(() => nor.erase(0))).toBe('cut');
    expect(nor.erase(0)).toBe(0);
    nor.strike(cut(NOTHING));
    nor.strike();
    expect(nor.erase(0)).toBe(0);
  });

  it('cut the power only once, and do not wear the sector', () => {
    for (const run of [(nor: Nor) => nor.program(64, filled(4, 0)), (nor: Nor) => nor.erase(64)]) {
      const nor = holding(image(0x55));
      nor.strike(cut(NOTHING));
      expect(() => run(nor)).toThrow(PowerCut);
      expect([...nor.worn]).toEqual([]);
      expect(Array.from({ length: 5 }, () => run(nor))).toEqual([0, 0, 0, 0, 0]);
    }
  });

  it('with outcome fail wear the sector, which still reads as the tear left it', () => {
    for (const run of [(nor: Nor) => nor.program(64, filled(4, 0)), (nor: Nor) => nor.erase(64)]) {
      const nor = holding(image(0x55));
      nor.strike(failing({ kind: 'zeroed', bytes: 2 }));
      expect(run(nor)).toBe(HalError.Device);
      expect([...nor.worn]).toEqual([1]);
      const left = image(0x55, [64, [0, 0]]);
      expect(read(nor)).toEqual(left);
      expect(nor.program(68, filled(4, 0))).toBe(HalError.Device);
      expect(nor.erase(64)).toBe(HalError.Device);
      expect(read(nor)).toEqual(left);
      expect(nor.program(60, filled(4, 0))).toBe(0);
      expect(nor.erase(128)).toBe(0);
    }
  });

  it('with outcome fail wear the first sector of a program over two', () => {
    const nor = new Nor(SMALL);
    nor.strike(failing(NOTHING));
    expect(nor.program(60, filled(8, 0))).toBe(HalError.Device);
    expect([...nor.worn]).toEqual([0]);
  });
});

describe('the backing of a flash', () => {
  it.each(TEARS)('has exactly the bytes of the flash after the tear %o', (tear) => {
    for (const run of [(nor: Nor) => nor.program(60, filled(12, 0x11)), (nor: Nor) => nor.erase(64)]) {
      for (const fault of [cut(tear), failing(tear)]) {
        const backing = new MemoryBacking(SMALL, image(0x55));
        const nor = new Nor(SMALL, backing);
        nor.strike(fault);
        outcome(() => run(nor));
        expect(nor.snapshot()).not.toEqual(image(0x55));
        expect(backing.image).toEqual(nor.snapshot());
        expect(new Nor(SMALL, backing).snapshot()).toEqual(nor.snapshot());
      }
    }
  });

  it('is written once for each accepted operation, before the operation returns', () => {
    const backing = new MemoryBacking(SMALL, image(0x55));
    const nor = new Nor(SMALL, backing);
    nor.program(64, filled(4, 0x44));
    expect(backing.image).toEqual(image(0x55, [64, filled(4, 0x44)]));
    nor.erase(128);
    expect(backing.image).toEqual(image(0x55, [64, filled(4, 0x44)], [128, filled(64, 0xff)]));
    nor.program(64, filled(4, 0xff));
    nor.erase(1);
    read(nor);
    expect(backing.writes).toBe(2);
    nor.load(image(3));
    expect(backing.image).toEqual(image(3));
  });
});
