import { describe, expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { Nor, type Tear } from '../../host/emulator/index.js';
import { filled, holding, image, MemoryBacking, read, silent, SMALL } from './nor-support.js';

// docs/HAL.md: a program returns 0 only if its bytes read back, an erase only if the sector is all
// ones.

const TEARS: Tear[] = [
  { kind: 'prefix', bytes: 0 },
  { kind: 'prefix', bytes: 11 },
  { kind: 'suffix', bytes: 11 },
  { kind: 'random', sixteenths: 8, seed: 3 },
  { kind: 'stuck', cell: 0 },
  { kind: 'stuck', cell: 95 },
];

describe('an operation that the device leaves incomplete without an error', () => {
  it.each(TEARS)('fails if it is a program, because its bytes do not read back: %o', (tear) => {
    const nor = new Nor(SMALL);
    nor.strike(silent(tear));
    expect(nor.program(64, filled(12, 0))).toBe(HalError.Device);
    expect([...nor.failed]).toEqual([1]);
    expect(nor.worn.size).toBe(0);
  });

  it.each(TEARS)('fails if it is an erase, because the sector is not all ones: %o', (tear) => {
    const nor = holding(image(0));
    nor.strike(silent(tear));
    expect(nor.erase(128)).toBe(HalError.Device);
    expect([...nor.failed]).toEqual([2]);
  });

  it('does not fail if all of its bytes were programmed', () => {
    const nor = holding(image(0xff));
    nor.strike(silent({ kind: 'prefix', bytes: 12 }));
    expect(nor.program(64, filled(12, 0))).toBe(0);
    expect(nor.failed.size).toBe(0);
  });

  it('is read back without a count, whether it fails or not', () => {
    const nor = new Nor(SMALL);
    nor.program(0, filled(4, 0));
    nor.strike(silent({ kind: 'stuck', cell: 3 }));
    nor.program(4, filled(4, 0));
    nor.erase(0);
    expect(nor).toMatchObject({ reads: 0, bytesRead: 0 });
  });
});

describe('a stuck cell', () => {
  it('at one makes every program of it fail, also after an erase, and always reads as one', () => {
    const nor = new Nor(SMALL);
    nor.strike(silent({ kind: 'stuck', cell: 9 }));
    expect(nor.program(64, filled(4, 0))).toBe(HalError.Device);
    expect(read(nor, 64, 4)).toEqual(Uint8Array.of(0, 2, 0, 0));
    expect(nor.erase(64)).toBe(0);
    expect(read(nor)).toEqual(image(0xff));
    expect(nor.program(64, filled(4, 0))).toBe(HalError.Device);
    expect(nor.erase(64)).toBe(0);
    expect(nor.program(64, Uint8Array.of(0, 2, 0, 0))).toBe(0);
  });

  it('at zero makes every erase of its sector fail, and refuses a program that would set it', () => {
    const nor = holding(image(0));
    nor.stick(70, 0x10);
    expect(nor.erase(64)).toBe(HalError.Device);
    expect(read(nor, 64, 64)).toEqual(image(0xff, [70, [0xef]]).subarray(64, 128));
    expect(nor.program(68, filled(4, 0xff))).toBe(HalError.Argument);
    expect(nor.program(68, filled(4, 0))).toBe(0);
    expect(nor.erase(0)).toBe(0);
    expect(nor.erase(64)).toBe(HalError.Device);
  });

  it('is also stuck in a branch, and in the backing', () => {
    const backing = new MemoryBacking();
    const nor = new Nor(SMALL, backing);
    nor.stick(5, 1);
    const branch = nor.branch();
    for (const one of [nor, branch]) {
      expect(one.program(4, filled(4, 0))).toBe(HalError.Device);
      expect(read(one, 4, 4)).toEqual(Uint8Array.of(0, 1, 0, 0));
    }
    expect(backing.image.slice(4, 8)).toEqual(Uint8Array.of(0, 1, 0, 0));
  });

  it('does not change the bytes of the caller', () => {
    const nor = new Nor(SMALL);
    nor.stick(0, 1);
    const given = filled(4, 0);
    nor.program(0, given);
    expect(given).toEqual(filled(4, 0));
  });
});
