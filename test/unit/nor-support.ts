import { expect } from 'vitest';
import { type Backing, type FlashFault, type Geometry, Nor, PowerCut, type Tear } from '../../host/emulator/index.js';

export const SMALL: Geometry = { sectorBytes: 64, sectorCount: 4, programUnit: 4 };
export const SMALL_BYTES = SMALL.sectorBytes * SMALL.sectorCount;

export function filled(bytes: number, value: number): Uint8Array {
  return new Uint8Array(bytes).fill(value);
}

/** The content of a small flash: `value` in every byte, except the bytes that are placed in it. */
export function image(value: number, ...placed: [address: number, bytes: ArrayLike<number>][]): Uint8Array {
  const all = filled(SMALL_BYTES, value);
  placed.forEach(([address, bytes]) => all.set(bytes, address));
  return all;
}

/** A small flash with this content. Its counters are at 0. */
export function holding(bytes: Uint8Array): Nor {
  const nor = new Nor(SMALL);
  nor.load(bytes);
  return nor;
}

export function read(nor: Nor, address = 0, length = nor.bytes): Uint8Array {
  const bytes = new Uint8Array(length);
  expect(nor.read(address, bytes)).toBe(0);
  return bytes;
}

/** Cuts the power in the next operation. */
export function cut(tear: Tear): FlashFault {
  return { after: 0, tear, outcome: 'cut' };
}

/** Makes the device fail in the next operation. */
export function failing(tear: Tear): FlashFault {
  return { after: 0, tear, outcome: 'fail' };
}

/** Leaves the next operation incomplete, without an error from the device. */
export function silent(tear: Tear): FlashFault {
  return { after: 0, tear, outcome: 'done' };
}

/** Returns the result of an operation, or `cut` if the power was cut in it. */
export function outcome(operation: () => number): number | 'cut' {
  try {
    return operation();
  } catch (error) {
    if (error instanceof PowerCut) return 'cut';
    throw error;
  }
}

/** True if both have the same bytes. It takes a fraction of the time of `toEqual`. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Makes the lowest bit of an erased byte weak, and changes nothing else. */
export function weakenBit0(nor: Nor, address: number): void {
  const unit = nor.geometry.programUnit;
  const start = address - (address % unit);
  const bytes = filled(unit, 0xff);
  bytes[address - start] = 0xfe;
  nor.strike(cut({ kind: 'weak', cell: 0, others: 'none' }));
  expect(outcome(() => nor.program(start, bytes))).toBe('cut');
}

/** Everything about a flash that can be seen without a read, which would count. */
export function visible(nor: Nor): unknown {
  const { reads, bytesRead, programs, bytesProgrammed, erases, worn, weakCells } = nor;
  const counts = { reads, bytesRead, programs, bytesProgrammed, erases: [...erases] };
  return { image: Buffer.from(nor.snapshot()).toString('hex'), counts, worn: [...worn], weak: [...weakCells] };
}

/** A backing that keeps its bytes in memory, as a file would. */
export class MemoryBacking implements Backing {
  readonly image: Uint8Array;
  writes = 0;

  constructor(
    private readonly geometry: Geometry = SMALL,
    image: Uint8Array = filled(geometry.sectorBytes * geometry.sectorCount, 0xff),
  ) {
    this.image = image.slice();
  }

  read(sector: number): Uint8Array {
    const { sectorBytes } = this.geometry;
    return this.image.slice(sector * sectorBytes, (sector + 1) * sectorBytes);
  }

  write(address: number, bytes: Uint8Array): void {
    this.writes++;
    this.image.set(bytes, address);
  }
}
