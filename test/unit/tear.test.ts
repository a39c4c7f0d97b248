import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changingCells, type Tear, torn } from '../../host/emulator/tear.js';

const PROGRAM = { before: Uint8Array.of(0xff, 0xf0, 0xff, 0x5a), wanted: Uint8Array.of(0x0f, 0x30, 0xff, 0x00) };
const ERASE = { before: Uint8Array.of(0x00, 0x5a, 0xff, 0x3c), wanted: Uint8Array.of(0xff, 0xff, 0xff, 0xff) };

/** Any operation: the bytes before it, and the bytes that it should leave. */
const operation = fc
  .integer({ min: 0, max: 24 })
  .chain((length) =>
    fc.tuple(
      fc.uint8Array({ minLength: length, maxLength: length }),
      fc.uint8Array({ minLength: length, maxLength: length }),
    ),
  );

/** The cells that differ, each by its byte and its bit. */
function changing(before: Uint8Array, wanted: Uint8Array): { address: number; mask: number }[] {
  return [...before].flatMap((byte, address) =>
    [1, 2, 4, 8, 16, 32, 64, 128]
      .filter((mask) => ((byte ^ (wanted[address] ?? 0)) & mask) !== 0)
      .map((mask) => ({ address, mask })),
  );
}

function flip(bytes: Uint8Array, cells: { address: number; mask: number }[]): Uint8Array {
  const flipped = bytes.slice();
  cells.forEach(({ address, mask }) => (flipped[address] = (flipped[address] ?? 0) ^ mask));
  return flipped;
}

describe('a tear', () => {
  it.each<[Tear['kind'], number, number[], number[]]>([
    ['prefix', 0, [0xff, 0xf0, 0xff, 0x5a], [0x00, 0x5a, 0xff, 0x3c]],
    ['prefix', 1, [0x0f, 0xf0, 0xff, 0x5a], [0xff, 0x5a, 0xff, 0x3c]],
    ['prefix', 2, [0x0f, 0x30, 0xff, 0x5a], [0xff, 0xff, 0xff, 0x3c]],
    ['prefix', 3, [0x0f, 0x30, 0xff, 0x5a], [0xff, 0xff, 0xff, 0x3c]],
    ['prefix', 4, [0x0f, 0x30, 0xff, 0x00], [0xff, 0xff, 0xff, 0xff]],
    ['prefix', 5, [0x0f, 0x30, 0xff, 0x00], [0xff, 0xff, 0xff, 0xff]],
    ['suffix', 0, [0xff, 0xf0, 0xff, 0x5a], [0x00, 0x5a, 0xff, 0x3c]],
    ['suffix', 1, [0xff, 0xf0, 0xff, 0x00], [0x00, 0x5a, 0xff, 0xff]],
    ['suffix', 2, [0xff, 0xf0, 0xff, 0x00], [0x00, 0x5a, 0xff, 0xff]],
    ['suffix', 3, [0xff, 0x30, 0xff, 0x00], [0x00, 0xff, 0xff, 0xff]],
    ['suffix', 4, [0x0f, 0x30, 0xff, 0x00], [0xff, 0xff, 0xff, 0xff]],
    ['suffix', 5, [0x0f, 0x30, 0xff, 0x00], [0xff, 0xff, 0xff, 0xff]],
    ['zeroed', 0, [0xff, 0xf0, 0xff, 0x5a], [0x00, 0x5a, 0xff, 0x3c]],
    ['zeroed', 1, [0x00, 0xf0, 0xff, 0x5a], [0x00, 0x5a, 0xff, 0x3c]],
    ['zeroed', 2, [0x00, 0x00, 0xff, 0x5a], [0x00, 0x00, 0xff, 0x3c]],
    ['zeroed', 3, [0x00, 0x00, 0x00, 0x5a], [0x00, 0x00, 0x00, 0x3c]],
    ['zeroed', 4, [0x00, 0x00, 0x00, 0x00], [0x00, 0x00, 0x00, 0x00]],
    ['zeroed', 5, [0x00, 0x00, 0x00, 0x00], [0x00, 0x00, 0x00, 0x00]],
  ])('%s of %i bytes changes exactly those, in a program and in an erase', (kind, bytes, program, erase) => {
    const tear = { kind, bytes } as Tear;
    expect(torn(PROGRAM.before, PROGRAM.wanted, tear)).toEqual({ bytes: Uint8Array.from(program) });
    expect(torn(ERASE.before, ERASE.wanted, tear)).toEqual({ bytes: Uint8Array.from(erase) });
  });

  it('of any kind does not change its arguments, and returns new bytes', () => {
    const tears: Tear[] = [
      { kind: 'prefix', bytes: 4 },
      { kind: 'suffix', bytes: 4 },
      { kind: 'zeroed', bytes: 4 },
      { kind: 'random', sixteenths: 16, seed: 1 },
      { kind: 'weak', cell: 99, others: 'all' },
    ];
    for (const tear of tears) {
      for (const { before, wanted } of [PROGRAM, ERASE]) {
        const given = [before.slice(), wanted.slice()];
        torn(before, wanted, tear).bytes.fill(0x77);
        expect([before, wanted]).toEqual(given);
      }
    }
  });
});

describe('a random tear', () => {
  const SHARES = Array.from({ length: 17 }, (_, sixteenths) => sixteenths);

  it('changes only cells that the operation changes, and the same ones with the same seed', () => {
    fc.assert(
      fc.property(operation, fc.integer({ min: 0, max: 16 }), fc.nat(), ([before, wanted], sixteenths, seed) => {
        const { bytes, weak } = torn(before, wanted, { kind: 'random', sixteenths, seed });
        expect(weak).toBeUndefined();
        const done = changing(before, bytes);
        expect(changing(before, wanted)).toEqual(expect.arrayContaining(done));
        expect(torn(before, wanted, { kind: 'random', sixteenths, seed }).bytes).toEqual(bytes);
        if (sixteenths === 0) expect(bytes).toEqual(before);
        if (sixteenths === 16) expect(bytes).toEqual(wanted);
      }),
    );
  });

  it.each(SHARES)('of %i sixteenths changes that share of the cells, in each bit of a byte', (sixteenths) => {
    const erase = torn(new Uint8Array(4096), new Uint8Array(4096).fill(0xff), { kind: 'random', sixteenths, seed: 7 });
    const program = torn(new Uint8Array(4096).fill(0xff), new Uint8Array(4096), {
      kind: 'random',
      sixteenths,
      seed: 8,
    });
    // Five standard deviations, which is 0 for the shares 0 and 1.
    const isShare = (bytes: Uint8Array, mask: number, share: number): void => {
      const found = bytes.filter((byte) => (byte & mask) === mask).length / 4096;
      const within = 5 * Math.sqrt((share * (1 - share)) / 4096);
      expect(Math.abs(found - share), `mask ${mask}`).toBeLessThanOrEqual(within);
    };
    const share = sixteenths / 16;
    for (let bit = 0; bit < 8; bit++) {
      isShare(erase.bytes, 1 << bit, share);
      isShare(program.bytes, 1 << bit, 1 - share);
      // Two bits at once: each cell changes independently.
      for (let other = 0; other < bit; other++) isShare(erase.bytes, (1 << bit) | (1 << other), share ** 2);
    }
  });

  it('changes that share of the first byte too, over many seeds, and each bit independently', () => {
    for (const sixteenths of [2, 8, 14]) {
      const bytes = Array.from(
        { length: 2000 },
        (_, seed) => torn(Uint8Array.of(0), Uint8Array.of(0xff), { kind: 'random', sixteenths, seed }).bytes[0] ?? 0,
      );
      for (let bit = 0; bit < 8; bit++) {
        const set = bytes.filter((byte) => (byte & (1 << bit)) !== 0).length;
        expect(Math.abs(set / 2000 - sixteenths / 16), `bit ${bit}`).toBeLessThan(0.06);
      }
      if (sixteenths === 8) expect(new Set(bytes).size).toBeGreaterThan(240);
    }
  });
});

describe('a weak tear', () => {
  const others = fc.constantFrom('all', 'none', 'before');

  it('leaves one cell unchanged and weak, and changes all others, none, or those before it', () => {
    fc.assert(
      fc.property(operation, fc.nat(), others, ([before, wanted], choice, others) => {
        const cells = changing(before, wanted);
        fc.pre(cells.length > 0);
        const cell = choice % cells.length;
        const changed = {
          all: cells.filter((_, i) => i !== cell),
          none: [],
          before: cells.slice(0, cell),
        }[others];
        const left = torn(before, wanted, { kind: 'weak', cell, others });
        expect(left).toEqual({ bytes: flip(before, changed), weak: cells[cell] });
      }),
    );
  });

  it('leaves no cell weak if its number is too high', () => {
    fc.assert(
      fc.property(operation, fc.nat({ max: 3 }), others, ([before, wanted], more, others) => {
        const left = torn(before, wanted, { kind: 'weak', cell: changing(before, wanted).length + more, others });
        expect(left).toEqual({ bytes: others === 'none' ? before : wanted });
      }),
    );
  });
});

it('changingCells counts the bits that differ, in both directions', () => {
  expect(changingCells(PROGRAM.before, PROGRAM.wanted)).toBe(4 + 2 + 0 + 4);
  expect(changingCells(ERASE.before, ERASE.wanted)).toBe(8 + 4 + 0 + 4);
  expect(changingCells(ERASE.wanted, ERASE.before)).toBe(8 + 4 + 0 + 4);
  fc.assert(
    fc.property(operation, ([before, wanted]) => {
      expect(changingCells(before, wanted)).toBe(changing(before, wanted).length);
    }),
  );
});
