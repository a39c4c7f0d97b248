import { describe, expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { type FlashOperation, Nor } from '../../host/emulator/index.js';
import {
  cut,
  filled,
  holding,
  image,
  outcome,
  read,
  SMALL,
  SMALL_BYTES,
  same,
  visible,
  weakenBit0,
} from './nor-support.js';

const WEAK = 200;

/** A flash with counts, with a weak cell, and with a fault planned after one more operation. */
function used(bytes: Uint8Array): Nor {
  const nor = holding(bytes);
  read(nor, 3, 7);
  nor.erase(192);
  weakenBit0(nor, WEAK);
  nor.strike({ after: 1, tear: { kind: 'prefix', bytes: 5 }, outcome: 'cut' });
  return nor;
}

/**
 * Expects an operation to be refused, and the flash to be like one that never got it: in all that
 * can be seen, and in what its next operations do.
 */
function isRefused(make: () => Nor, refused: (nor: Nor) => number, error: HalError): void {
  const asked = make();
  const never = make();
  const reported: FlashOperation[] = [];
  asked.onOperation = (operation) => reported.push(operation);
  expect(refused(asked)).toBe(error);
  expect(reported).toEqual([]);
  expect(visible(asked)).toEqual(visible(never));
  const rest = (nor: Nor): unknown => [
    Array.from({ length: 32 }, () => read(nor, WEAK, 1)[0]),
    outcome(() => nor.erase(128)),
    outcome(() => nor.erase(0)),
    visible(nor),
  ];
  const expected = rest(never);
  expect(expected).toMatchObject({ 1: 0, 2: 'cut' });
  expect(rest(asked)).toEqual(expected);
}

describe('NOR flash', () => {
  it('is all ones when new', () => {
    expect(read(new Nor(SMALL))).toEqual(image(0xff));
  });

  it('keeps programmed bytes, across the border of sectors', () => {
    const nor = new Nor(SMALL);
    expect(nor.program(60, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toBe(0);
    const expected = image(0xff, [60, [1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(read(nor)).toEqual(expected);
    expect(nor.snapshot()).toEqual(expected);
  });

  it('shares no buffer with its caller', () => {
    const nor = new Nor(SMALL);
    const bytes = Uint8Array.of(1, 2, 3, 4);
    nor.program(0, bytes);
    bytes.fill(0);
    nor.snapshot().fill(0);
    read(nor).fill(0);
    expect(nor.snapshot()).toEqual(image(0xff, [0, [1, 2, 3, 4]]));
    const loaded = image(7);
    const other = holding(loaded);
    loaded.fill(0);
    expect(other.snapshot()).toEqual(image(7));
    const kept = filled(64, 7);
    const backed = new Nor(SMALL, { read: () => kept, write: () => undefined });
    expect(backed.program(0, filled(4, 0))).toBe(0);
    kept.fill(1, 32);
    expect(kept.subarray(0, 32)).toEqual(filled(32, 7));
    expect(backed.snapshot()).toEqual(image(7, [0, filled(4, 0)]));
  });

  it('clears bits, one program after the other', () => {
    const nor = new Nor(SMALL);
    expect(nor.program(0, filled(4, 0xf0))).toBe(0);
    expect(nor.program(0, filled(4, 0x90))).toBe(0);
    expect(nor.program(0, filled(4, 0x90))).toBe(0);
    expect(read(nor, 0, 4)).toEqual(filled(4, 0x90));
  });

  it('reads at any alignment', () => {
    const nor = holding(image(0xff, [60, [1, 2, 3, 4, 5, 6, 7, 8]]));
    expect(read(nor, 61, 5)).toEqual(Uint8Array.of(2, 3, 4, 5, 6));
  });

  it('erases one sector and no other', () => {
    const nor = holding(image(0));
    expect(nor.erase(64)).toBe(0);
    expect(read(nor)).toEqual(image(0, [64, filled(64, 0xff)]));
    expect(nor.program(64, filled(4, 0xaa))).toBe(0);
  });

  it('holds only the bytes of a load, and is erased behind them', () => {
    const nor = holding(image(0));
    nor.load(Uint8Array.of(1, 2, 3));
    expect(read(nor)).toEqual(image(0xff, [0, [1, 2, 3]]));
    weakenBit0(nor, 8);
    nor.load(image(0xff));
    expect(nor.weakCells).toEqual([]);
  });

  it('counts reads, programs, their bytes, and the erases of each sector', () => {
    const nor = new Nor(SMALL);
    nor.read(0, new Uint8Array(10));
    nor.read(5, new Uint8Array(1));
    nor.program(0, filled(8, 0));
    nor.program(60, filled(12, 0));
    nor.erase(64);
    nor.erase(64);
    nor.erase(192);
    nor.snapshot();
    expect(nor).toMatchObject({ reads: 2, bytesRead: 11, programs: 2, bytesProgrammed: 20, erases: [0, 2, 0, 1] });
  });

  it('takes no memory for erased sectors', () => {
    const into = new Uint8Array(16);
    const before = process.memoryUsage().arrayBuffers;
    const flashes = Array.from({ length: 1000 }, () => new Nor());
    const results = flashes.map((nor) => nor.erase(0) || nor.read(0, into));
    // Together they are 64 MB of flash.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 << 20);
    expect(new Set(results)).toEqual(new Set([0]));
  });
});

describe('NOR flash refuses without a trace', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('to set bit %i, whichever byte of a program it is in', (bit) => {
    for (const at of [0, 3, 63, 64, 71]) {
      const bytes = filled(72, 0);
      bytes[at] = 1 << bit;
      const cleared = image(0xff, [0, filled(72, 0xff & ~(1 << bit))]);
      isRefused(
        () => used(cleared),
        (nor) => nor.program(0, bytes),
        HalError.Argument,
      );
    }
  });

  it.each([
    ['a misaligned start', 1, 4],
    ['a misaligned end', 0, 3],
    ['both misaligned', 2, 4],
    ['no bytes', 0, 0],
    ['one byte past the end', 256, 4],
    ['across the end', 252, 8],
    ['more than the flash has', 0, 260],
    ['below the start', -4, 4],
    ['across the start', -4, 8],
    ['an address far outside', 0xffff_fffc, 4],
  ])('to program %s', (_what, address, length) => {
    isRefused(
      () => used(image(0x0f)),
      (nor) => nor.program(address, filled(length, 0)),
      HalError.Argument,
    );
  });

  it.each([1, 4, 63, 256, -64, 0xffff_ffc0])('to erase at %i', (address) => {
    isRefused(
      () => used(image(0)),
      (nor) => nor.erase(address),
      HalError.Argument,
    );
  });

  it.each([
    [256, 1],
    [255, 2],
    [0, 257],
    [-1, 1],
    [WEAK, 57],
    [0xffff_ffff, 1],
  ])('to read at %i a buffer of %i bytes, which stays as it was', (address, length) => {
    const into = filled(length, 0x42);
    isRefused(
      () => used(image(0)),
      (nor) => nor.read(address, into),
      HalError.Argument,
    );
    expect(into).toEqual(filled(length, 0x42));
  });

  it.each([
    ['a program in a worn sector', (nor: Nor) => nor.program(64, filled(4, 0))],
    ['a program that ends in a worn sector', (nor: Nor) => nor.program(60, filled(8, 0))],
    ['a program that begins in a worn sector', (nor: Nor) => nor.program(124, filled(8, 0))],
    ['a program over a worn sector', (nor: Nor) => nor.program(0, filled(192, 0))],
    ['an erase of a worn sector', (nor: Nor) => nor.erase(64)],
  ])('%s, with a device error', (_what, refused) => {
    const worn = (): Nor => {
      const nor = used(image(0x0f));
      nor.worn.add(1);
      return nor;
    };
    isRefused(worn, refused, HalError.Device);
  });

  it('no operation beside a worn sector', () => {
    const nor = holding(image(0x0f));
    nor.worn.add(1);
    expect(nor.program(60, filled(4, 0))).toBe(0);
    expect(nor.program(128, filled(4, 0))).toBe(0);
    expect(nor.erase(0)).toBe(0);
    expect(nor.erase(128)).toBe(0);
    expect(read(nor, 64, 64)).toEqual(filled(64, 0x0f));
  });

  it('a wrong argument as such, even if the sector is worn as well', () => {
    const nor = holding(image(0x0f));
    nor.worn.add(1);
    expect(nor.program(65, filled(4, 0))).toBe(HalError.Argument);
    expect(nor.program(64, filled(4, 0xf0))).toBe(HalError.Argument);
    expect(nor.erase(65)).toBe(HalError.Argument);
  });
});

it.each([1, 2, 4, 8, 16])('a flash with a program unit of %i accepts only programs that are aligned to it', (unit) => {
  for (let address = 40; address <= 72; address++) {
    for (let length = 1; length <= 33; length++) {
      const nor = new Nor({ ...SMALL, programUnit: unit });
      const aligned = address % unit === 0 && length % unit === 0;
      expect(nor.program(address, filled(length, 0)), `${address}, ${length}`).toBe(aligned ? 0 : HalError.Argument);
      expect(same(nor.snapshot(), image(0xff, [address, filled(aligned ? length : 0, 0)]))).toBe(true);
    }
  }
});

describe('onOperation', () => {
  it('gets each program and erase, with the number of bits that it should change', () => {
    const nor = holding(image(0xff, [64, filled(64, 0xf0)]));
    const reported: FlashOperation[] = [];
    nor.onOperation = (operation) => reported.push(operation);
    nor.program(60, Uint8Array.of(0xfe, 0xfc, 0xff, 0, 0x70, 0, 0xf0, 0xf0));
    nor.read(0, new Uint8Array(SMALL_BYTES));
    nor.strike(cut({ kind: 'prefix', bytes: 1 }));
    outcome(() => nor.erase(64));
    nor.erase(128);
    expect(reported).toEqual([
      { kind: 'program', address: 60, bytes: 8, cells: 1 + 2 + 0 + 8 + 1 + 4 },
      { kind: 'erase', address: 64, bytes: 64, cells: 5 + 8 + 62 * 4 },
      { kind: 'erase', address: 128, bytes: 64, cells: 0 },
    ]);
  });

  it('gets a weak cell counted as a change if it is programmed to 0', () => {
    const nor = new Nor(SMALL);
    weakenBit0(nor, 8);
    const cells: number[] = [];
    nor.onOperation = (operation) => cells.push(operation.cells);
    nor.program(8, Uint8Array.of(0xfd, 0xff, 0xff, 0xff));
    nor.program(8, Uint8Array.of(0xfc, 0xff, 0xff, 0xff));
    nor.program(8, Uint8Array.of(0xfc, 0xff, 0xff, 0xff));
    expect(cells).toEqual([1, 1, 0]);
  });

  it('is called before anything is changed or counted, and can plan a fault for the operation', () => {
    for (const run of [(nor: Nor) => nor.program(64, filled(4, 0)), (nor: Nor) => nor.erase(64)]) {
      const nor = holding(image(0x55));
      const before = visible(nor);
      let seen: unknown;
      nor.onOperation = () => {
        seen = visible(nor);
        nor.strike(cut({ kind: 'prefix', bytes: 0 }));
      };
      expect(outcome(() => run(nor))).toBe('cut');
      expect(seen).toEqual(before);
      expect(nor.snapshot()).toEqual(image(0x55));
    }
  });
});
