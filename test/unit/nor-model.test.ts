import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HalError } from '../../assembly/protocol.js';
import { type FlashFault, type Geometry, Nor, type Tear } from '../../host/emulator/index.js';
import { torn } from '../../host/emulator/tear.js';
import { filled, MemoryBacking, outcome, same } from './nor-support.js';

/** The results that an operation may return: several if it reads back weak cells. */
type Result = readonly (number | 'cut')[];

/** The simplest model of NOR flash: whole arrays, which a branch copies. */
class PlainNor {
  bytes: Uint8Array;
  /** The weak bits of each byte. */
  weak: Uint8Array;
  worn: boolean[];
  programs = 0;
  bytesProgrammed = 0;
  erases: number[];
  faults: FlashFault[] = [];

  constructor(readonly geometry: Geometry) {
    const { sectorBytes, sectorCount } = geometry;
    this.bytes = filled(sectorBytes * sectorCount, 0xff);
    this.weak = filled(sectorBytes * sectorCount, 0);
    this.worn = Array<boolean>(sectorCount).fill(false);
    this.erases = Array<number>(sectorCount).fill(0);
  }

  branch(): PlainNor {
    const copy = new PlainNor(this.geometry);
    copy.bytes = this.bytes.slice();
    copy.weak = this.weak.slice();
    copy.worn = [...this.worn];
    return copy;
  }

  /** All bits that may read as 1: those that are set, and those that are weak. */
  ceiling(): Uint8Array {
    return this.bytes.map((byte, i) => byte | (this.weak[i] ?? 0));
  }

  program(address: number, bytes: Uint8Array): Result {
    const { sectorBytes, programUnit } = this.geometry;
    const end = address + bytes.length;
    if (address < 0 || bytes.length === 0 || end > this.bytes.length) return [HalError.Argument];
    if (address % programUnit !== 0 || end % programUnit !== 0) return [HalError.Argument];
    const before = this.ceiling();
    const wanted = before.slice();
    wanted.set(bytes, address);
    if (wanted.some((byte, i) => (byte & (before[i] ?? 0)) !== byte)) return [HalError.Argument];
    const touches = (sector: number): boolean => sector * sectorBytes < end && address < (sector + 1) * sectorBytes;
    if (this.worn.some((worn, sector) => worn && touches(sector))) return [HalError.Device];
    this.programs++;
    this.bytesProgrammed += bytes.length;
    const { left, fault } = this.#change(address, before.slice(address, end), bytes);
    this.weak = this.weak.map((mask, i) => (i >= address && i < end ? mask & (this.bytes[i] ?? 0) : mask));
    return this.#end(address, left, fault, bytes);
  }

  erase(address: number): Result {
    const { sectorBytes } = this.geometry;
    if (address < 0 || address >= this.bytes.length || address % sectorBytes !== 0) return [HalError.Argument];
    const sector = address / sectorBytes;
    const end = address + sectorBytes;
    if (this.worn[sector]) return [HalError.Device];
    this.erases[sector] = (this.erases[sector] ?? 0) + 1;
    const { left, fault } = this.#change(address, this.bytes.slice(address, end), filled(sectorBytes, 0xff));
    if (!fault) this.weak.fill(0, address, end);
    return this.#end(address, left, fault, filled(sectorBytes, 0xff));
  }

  #change(
    address: number,
    before: Uint8Array,
    wanted: Uint8Array,
  ): { left: ReturnType<typeof torn>; fault: FlashFault | undefined } {
    const fault = this.faults[0]?.after === 0 ? this.faults[0] : undefined;
    this.faults = fault
      ? this.faults.slice(1)
      : this.faults.map((planned, i) => (i === 0 ? { ...planned, after: planned.after - 1 } : planned));
    const left = fault ? torn(before, wanted, fault.tear) : { bytes: wanted };
    this.bytes.set(left.bytes, address);
    return { left, fault };
  }

  #end(address: number, { weak }: ReturnType<typeof torn>, fault: FlashFault | undefined, wanted: Uint8Array): Result {
    if (weak) this.weak[address + weak.address] = (this.weak[address + weak.address] ?? 0) | weak.mask;
    if (fault?.outcome === 'cut') return ['cut'];
    if (fault?.outcome === 'fail') {
      this.worn[Math.floor(address / this.geometry.sectorBytes)] = true;
      return [HalError.Device];
    }
    const masks = this.weak.subarray(address, address + wanted.length);
    const differs = (byte: number, i: number): boolean =>
      ((byte ^ (this.bytes[address + i] ?? 0)) & ~(masks[i] ?? 0)) !== 0;
    if (wanted.some(differs)) return [HalError.Device];
    return masks.some((mask) => mask !== 0) ? [0, HalError.Device] : [0];
  }
}

const tear: fc.Arbitrary<Tear> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('prefix', 'suffix', 'zeroed'),
    bytes: fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: 8200 })),
  }),
  fc.record({ kind: fc.constant('random'), sixteenths: fc.nat({ max: 16 }), seed: fc.nat() }),
  fc.record({
    kind: fc.constant('weak'),
    cell: fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 70_000 })),
    others: fc.constantFrom('all', 'none', 'before'),
  }),
);
const fault: fc.Arbitrary<FlashFault> = fc.record({
  after: fc.constantFrom(0, 0, 0, 1, 2),
  tear,
  outcome: fc.constantFrom('cut', 'cut', 'fail', 'done'),
});
const placed = {
  /** Index of the flash or branch that is changed. */
  flash: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5),
  /** The address: so many sixteenths of the flash, and an offset in bytes. */
  sixteenth: fc.nat({ max: 16 }),
  offset: fc.integer({ min: -12, max: 24 }),
  aligned: fc.constantFrom(true, true, true, false),
};
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('program'),
      ...placed,
      bytes: fc.uint8Array({ maxLength: 72, size: 'max' }),
      /** Only clears bits. Most programs would be refused otherwise. */
      clears: fc.constantFrom(true, true, true, false),
      /** Repeats the bytes until they fill a fifth of the flash. */
      long: fc.constantFrom(false, false, true),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('erase'), ...placed }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('strike'), ...placed, faults: fc.array(fault, { maxLength: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('branch'), ...placed }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Pair {
  readonly nor: Nor;
  readonly plain: PlainNor;
}

function isTheSame({ nor, plain }: Pair): boolean {
  const { reads } = nor;
  const found = new Uint8Array(nor.bytes);
  const result = nor.read(0, found);
  const weak = filled(nor.bytes, 0);
  for (const { address, mask } of nor.weakCells) {
    // A sum, so that a cell that is listed twice makes a difference.
    weak[address] = (weak[address] ?? 0) + mask;
    found[address] = ((found[address] ?? 0) & ~mask) | ((plain.bytes[address] ?? 0) & mask);
  }
  return (
    result === 0 &&
    nor.reads === reads + 1 &&
    same(nor.snapshot(), plain.bytes) &&
    same(weak, plain.weak) &&
    same(found, plain.bytes) &&
    plain.worn.every((worn, sector) => nor.worn.has(sector) === worn) &&
    nor.programs === plain.programs &&
    nor.bytesProgrammed === plain.bytesProgrammed &&
    nor.erases.join() === plain.erases.join()
  );
}

/** Does a step on both, and expects the same result. Returns the kind of step and the result. */
function does(asked: Step, { nor, plain }: Pair, pairs: Pair[]): string {
  const { sectorBytes, programUnit } = plain.geometry;
  const unit = asked.kind === 'erase' ? sectorBytes : programUnit;
  const start = (asked.sixteenth * plain.bytes.length) / 16 + asked.offset;
  const address = asked.aligned ? Math.floor(start / unit) * unit : start;
  let results: [found: number | 'cut', expected: Result] = [0, [0]];
  if (asked.kind === 'branch') {
    if (pairs.length < 6) pairs.push({ nor: nor.branch(), plain: plain.branch() });
  } else if (asked.kind === 'strike') {
    nor.strike(...asked.faults);
    plain.faults = asked.faults;
  } else if (asked.kind === 'erase') {
    results = [outcome(() => nor.erase(address)), plain.erase(address)];
  } else {
    const ceiling = plain.ceiling();
    let { bytes } = asked;
    if (asked.long) bytes = Uint8Array.from({ length: plain.bytes.length / 5 }, (_, i) => bytes[i % bytes.length] ?? 0);
    if (asked.aligned) bytes = bytes.subarray(0, bytes.length - (bytes.length % unit));
    if (asked.clears) bytes = bytes.map((byte, i) => byte & (ceiling[address + i] ?? 0xff));
    results = [outcome(() => nor.program(address, bytes)), plain.program(address, bytes)];
  }
  expect(results[1], `${asked.kind} at ${address}`).toContain(results[0]);
  return `${asked.kind} ${results[0]}`;
}

it.each([
  { sectorBytes: 64, sectorCount: 4, runs: 200 },
  // Larger than the pieces in which the flash keeps, and a branch copies, its bytes.
  { sectorBytes: 8192, sectorCount: 2, runs: 60 },
])(
  'NOR flash of $sectorCount × $sectorBytes bytes and its branches behave like plain models of them',
  ({ runs, ...sectors }) => {
    const seen: string[] = [];
    const steps = fc.array(step, { minLength: 10, maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 4, 8, 16), steps, (programUnit, steps) => {
        const geometry = { ...sectors, programUnit };
        const backing = new MemoryBacking(geometry);
        const first = { nor: new Nor(geometry, backing), plain: new PlainNor(geometry) };
        const pairs: Pair[] = [first];
        for (const asked of steps) {
          const what = does(asked, pairs[asked.flash % pairs.length] ?? first, pairs);
          seen.push(what);
          expect(pairs.map(isTheSame), what).toEqual(pairs.map(() => true));
          expect(same(backing.image, first.plain.bytes), what).toBe(true);
        }
      }),
      { numRuns: runs },
    );
    // Both would also agree if they refused everything, so each result must have occurred.
    for (const kind of ['program', 'erase']) {
      for (const result of [0, 'cut', HalError.Argument, HalError.Device]) {
        const what = `${kind} ${result}`;
        expect(seen.filter((found) => found === what).length, what).toBeGreaterThan(0);
      }
    }
  },
);
