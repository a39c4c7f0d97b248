import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { type Geometry, Nor, PowerCut } from '../../host/emulator/index.js';

const SMALL: Geometry = { sectorBytes: 64, sectorCount: 4, programUnit: 4 };

function filled(bytes: number, value: number): Uint8Array {
  return new Uint8Array(bytes).fill(value);
}

function readAll(nor: Nor): Uint8Array {
  const all = new Uint8Array(nor.bytes);
  expect(nor.read(0, all)).toBe(0);
  return all;
}

/** Runs what is to be refused, and sees to it that not a byte and not a count of the flash changes. */
function isRefused(nor: Nor, refused: () => number, error: HalError): void {
  const before = { image: nor.snapshot(), programs: nor.programs, bytes: nor.bytesProgrammed, erases: [...nor.erases] };
  expect(refused()).toBe(error);
  expect({
    image: nor.snapshot(),
    programs: nor.programs,
    bytes: nor.bytesProgrammed,
    erases: [...nor.erases],
  }).toEqual(before);
}

describe('NOR flash', () => {
  it('is all ones when new', () => {
    expect(readAll(new Nor(SMALL))).toEqual(filled(256, 0xff));
  });

  it('keeps what is programmed, across the border of sectors', () => {
    const nor = new Nor(SMALL);
    expect(nor.program(60, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))).toBe(0);
    const expected = filled(256, 0xff);
    expected.set([1, 2, 3, 4, 5, 6, 7, 8], 60);
    expect(readAll(nor)).toEqual(expected);
    expect(nor.snapshot()).toEqual(expected);
  });

  it('does not keep the buffer that it was given', () => {
    const nor = new Nor(SMALL);
    const bytes = Uint8Array.of(1, 2, 3, 4);
    nor.program(0, bytes);
    bytes.fill(0);
    expect(readAll(nor).subarray(0, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it('clears bits, one program after the other', () => {
    const nor = new Nor(SMALL);
    expect(nor.program(0, filled(4, 0xf0))).toBe(0);
    expect(nor.program(0, filled(4, 0x90))).toBe(0);
    expect(nor.program(0, filled(4, 0x90))).toBe(0);
    expect(readAll(nor).subarray(0, 4)).toEqual(filled(4, 0x90));
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('refuses to set bit %i, whichever byte of a program it is in', (bit) => {
    for (const at of [0, 3, 63, 64, 71]) {
      const nor = new Nor(SMALL);
      nor.program(0, filled(72, 0xff & ~(1 << bit)));
      const bytes = filled(72, 0);
      bytes[at] = 1 << bit;
      isRefused(nor, () => nor.program(0, bytes), HalError.Argument);
    }
  });

  it.each([
    ['a misaligned start', 1, 4],
    ['a misaligned end', 0, 3],
    ['both misaligned', 2, 4],
    ['nothing', 0, 0],
    ['one byte past the end', 256, 4],
    ['across the end', 252, 8],
    ['more than the flash has', 0, 260],
    ['an address far outside', 0xffff_fffc, 4],
  ])('refuses to program %s', (_what, address, length) => {
    const nor = new Nor(SMALL);
    nor.program(0, filled(256, 0x0f));
    isRefused(nor, () => nor.program(address, filled(length, 0)), HalError.Argument);
  });

  it.each([1, 4, 63, 256, 0xffff_ffc0])('refuses to erase at %i', (address) => {
    const nor = new Nor(SMALL);
    nor.program(0, filled(256, 0));
    isRefused(nor, () => nor.erase(address), HalError.Argument);
  });

  it.each([
    [256, 1],
    [255, 2],
    [0, 257],
    [0xffff_ffff, 1],
  ])('refuses to read at %i, %i bytes, and leaves the buffer', (address, length) => {
    const into = filled(length, 0x42);
    expect(new Nor(SMALL).read(address, into)).toBe(HalError.Argument);
    expect(into).toEqual(filled(length, 0x42));
  });

  it('reads at any alignment', () => {
    const nor = new Nor(SMALL);
    nor.program(60, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    const into = new Uint8Array(5);
    expect(nor.read(61, into)).toBe(0);
    expect(into).toEqual(Uint8Array.of(2, 3, 4, 5, 6));
  });

  it('erases one sector and no other', () => {
    const nor = new Nor(SMALL);
    nor.program(0, filled(256, 0));
    expect(nor.erase(64)).toBe(0);
    const expected = filled(256, 0);
    expected.fill(0xff, 64, 128);
    expect(readAll(nor)).toEqual(expected);
    expect(nor.program(64, filled(4, 0xaa))).toBe(0);
  });

  it('refuses what touches a worn sector as a device that failed, and goes on with the others', () => {
    const nor = new Nor(SMALL);
    nor.program(0, filled(256, 0x0f));
    nor.worn.add(1);
    isRefused(nor, () => nor.program(64, filled(4, 0)), HalError.Device);
    isRefused(nor, () => nor.program(60, filled(8, 0)), HalError.Device);
    isRefused(nor, () => nor.erase(64), HalError.Device);
    expect(nor.program(0, filled(4, 0))).toBe(0);
    expect(nor.erase(128)).toBe(0);
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
    expect(nor).toMatchObject({ reads: 2, bytesRead: 11, programs: 2, bytesProgrammed: 20, erases: [0, 2, 0, 1] });
  });

  it('takes no memory for what is erased', () => {
    const into = new Uint8Array(16);
    const before = process.memoryUsage().arrayBuffers;
    const flashes = Array.from({ length: 1000 }, () => new Nor());
    const answers = flashes.map((nor) => nor.erase(0) || nor.read(0, into));
    // Together they have 64 MB.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 << 20);
    expect(new Set(answers)).toEqual(new Set([0]));
  });

  it('does what a plain model of it does, whatever is asked', () => {
    const operation = fc.record({
      kind: fc.constantFrom('program', 'program', 'program', 'erase'),
      address: fc.integer({ min: -8, max: 300 }),
      aligned: fc.boolean(),
      bytes: fc.uint8Array({ maxLength: 80 }),
    });
    const unit = fc.constantFrom(1, 2, 4, 8, 16);
    fc.assert(
      fc.property(unit, fc.array(operation, { maxLength: 40 }), (programUnit, operations) => {
        const nor = new Nor({ ...SMALL, programUnit });
        let model = filled(256, 0xff);
        for (const { kind, aligned, ...asked } of operations) {
          const step = kind === 'erase' ? 64 : programUnit;
          const address = aligned ? Math.floor(asked.address / step) * step : asked.address;
          const bytes = aligned
            ? asked.bytes.subarray(0, asked.bytes.length - (asked.bytes.length % step))
            : asked.bytes;
          const next = model.slice();
          const length = kind === 'erase' ? 64 : bytes.length;
          const fits =
            address >= 0 && address + length <= 256 && address % step === 0 && length % step === 0 && length > 0;
          if (fits) next.set(kind === 'erase' ? filled(64, 0xff) : bytes, address);
          const allowed = fits && (kind === 'erase' || next.every((byte, at) => (byte & ~(model[at] ?? 0)) === 0));
          const answer = kind === 'erase' ? nor.erase(address) : nor.program(address, bytes);
          expect(answer).toBe(allowed ? 0 : HalError.Argument);
          if (allowed) model = next;
          expect(Buffer.compare(nor.snapshot(), model)).toBe(0);
        }
      }),
    );
  });
});

describe('a power cut', () => {
  it.each([0, 1, 3, 4, 5, 11])('after %i bytes of a program leaves exactly those', (bytes) => {
    const nor = new Nor(SMALL);
    nor.cutAfter(bytes);
    expect(() => nor.program(60, filled(12, 0x11))).toThrow(PowerCut);
    const expected = filled(256, 0xff);
    expected.fill(0x11, 60, 60 + bytes);
    expect(nor.snapshot()).toEqual(expected);
  });

  it.each([0, 1, 63])('after %i bytes of an erase leaves the rest of the sector', (bytes) => {
    const nor = new Nor(SMALL);
    nor.program(0, filled(256, 0));
    nor.cutAfter(bytes);
    expect(() => nor.erase(64)).toThrow(PowerCut);
    const expected = filled(256, 0);
    expected.fill(0xff, 64, 64 + bytes);
    expect(nor.snapshot()).toEqual(expected);
  });

  it('counts over several operations, and comes before the first byte that is one too many', () => {
    const nor = new Nor(SMALL);
    nor.cutAfter(4 + 64);
    expect(nor.program(0, filled(4, 0))).toBe(0);
    expect(nor.erase(64)).toBe(0);
    expect(() => nor.program(8, filled(4, 0))).toThrow(PowerCut);
    expect(nor.snapshot().subarray(8, 12)).toEqual(filled(4, 0xff));
  });

  it('is not brought nearer by what is refused or read', () => {
    const nor = new Nor(SMALL);
    nor.cutAfter(4);
    expect(nor.program(1, filled(4, 0))).toBe(HalError.Argument);
    expect(nor.erase(1)).toBe(HalError.Argument);
    readAll(nor);
    expect(nor.program(0, filled(4, 0))).toBe(0);
  });

  it('comes once, and can be taken back', () => {
    const nor = new Nor(SMALL);
    nor.cutAfter(0);
    expect(() => nor.erase(0)).toThrow(PowerCut);
    expect(nor.erase(0)).toBe(0);
    nor.cutAfter(0);
    nor.cutAfter(Infinity);
    expect(nor.erase(0)).toBe(0);
  });
});
