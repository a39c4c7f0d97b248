import type { Geometry } from '../../host/emulator/nor.js';
import { Unknown } from './errors.js';

/** What the store supports. */
const SECTORS = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];
const UNITS = [1, 2, 4, 8, 16];

/** `4096x16u1`: sixteen sectors of 4096 bytes, program unit 1. */
export const nameOf = ({ sectorBytes, sectorCount, programUnit }: Geometry): string =>
  `${sectorBytes}x${sectorCount}u${programUnit}`;

/** Throws an Unknown if the name is of no geometry that the store supports. */
export function geometryOf(name: string): Geometry {
  const [, ...numbers] = /^(\d+)x(\d+)u(\d+)$/.exec(name) ?? [];
  const [sectorBytes = 0, sectorCount = 0, programUnit = 0] = numbers.map(Number);
  const supported =
    SECTORS.includes(sectorBytes) && sectorCount >= 2 && sectorCount <= 16 && UNITS.includes(programUnit);
  if (!supported) throw new Unknown(`no geometry of the store: ${name}`);
  return { sectorBytes, sectorCount, programUnit };
}

/** What is swept by default. The longest first, so that the threads end together. */
export function geometries(): string[] {
  const all: string[] = [];
  for (const sectorBytes of [65_536, 4096]) {
    for (let sectorCount = 16; sectorCount >= 2; sectorCount--) {
      for (const programUnit of [1, 4, 8, 16]) all.push(nameOf({ sectorBytes, sectorCount, programUnit }));
    }
  }
  return all;
}
