import { HalError } from '../../assembly/protocol.js';
import { type Random, seededRandom } from './random.js';
import { type Cell, changingCells, type Tear, type Torn, torn } from './tear.js';

/** How a flash is divided. */
export interface Geometry {
  /** A power of two. */
  readonly sectorBytes: number;
  readonly sectorCount: number;
  /** Programs begin and end on this many bytes: 1, 2, 4, 8 or 16. */
  readonly programUnit: number;
}

/** 64 KiB: what the smallest serial NOR has. */
export const DEFAULT_GEOMETRY: Geometry = { sectorBytes: 4096, sectorCount: 16, programUnit: 1 };

/** The policy's part of a flash whose table has this geometry: two sectors. */
export function policyGeometry(table: Geometry): Geometry {
  return { ...table, sectorCount: 2 };
}

/** Keeps a flash's bytes outside of memory. They are durable when `write` returns. */
export interface Backing {
  /** The bytes of a sector; undefined if it is erased. */
  read(sector: number): Uint8Array | undefined;
  /** The address counts from the start of the flash. */
  write(address: number, bytes: Uint8Array): void;
}

/** Thrown through the firmware at the moment the power goes. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

/** A program or an erase that does not finish. */
export interface FlashFault {
  /** How many operations finish between the previous fault and this one. */
  readonly after: number;
  readonly tear: Tear;
  /**
   * `cut`: the power goes. `fail`: the device reports an error, and the sector in which the
   * operation begins is worn from then on. `done`: the device reports no error, so that only
   * reading back shows the fault.
   */
  readonly outcome: 'cut' | 'fail' | 'done';
}

/** A program or an erase. */
export interface FlashOperation {
  readonly kind: 'program' | 'erase';
  readonly address: number;
  readonly bytes: number;
  /** Bits that it should change. */
  readonly cells: number;
}

const ERASED = 0xff;
const MOST_PAGE_BYTES = 4096;
/** Up to this many bytes, a loop copies faster than a view. */
const SHORT = 128;

function erased(bytes: number): Uint8Array {
  return new Uint8Array(bytes).fill(ERASED);
}

/**
 * NOR flash, stricter than a real one. A program may only clear bits, must be aligned to the unit
 * and stay inside the flash. An erase takes a whole sector. A refused operation changes nothing.
 * Each operation is read back, and fails if the bytes are not there. An erased sector takes no
 * memory.
 */
export class Nor {
  reads = 0;
  bytesRead = 0;
  programs = 0;
  bytesProgrammed = 0;
  /** How often each sector was erased. */
  readonly erases: number[];
  /** Sectors that refuse program and erase, as worn ones do. */
  readonly worn = new Set<number>();
  /** Sectors in which the device failed, or did not do what it reported. */
  readonly failed = new Set<number>();
  /** Called before each program and erase that is not refused. */
  onOperation: ((operation: FlashOperation) => void) | undefined;
  /**
   * The bytes in pages; undefined if a page is erased. A branch copies only pages that it changes.
   */
  readonly #pages: (Uint8Array | undefined)[];
  readonly #pageBytes: number;
  /** 1 for each page that is shared with a branch. */
  readonly #shared: Uint8Array;
  #weak: readonly Cell[] = [];
  /** Cells that never change again. `level` has the bits that the cells of the mask hold. */
  #stuck: readonly (Cell & { level: number })[] = [];
  #noise: Random = seededRandom(1);
  #faults: FlashFault[] = [];

  constructor(
    readonly geometry: Geometry = DEFAULT_GEOMETRY,
    private readonly backing?: Backing,
  ) {
    this.#pageBytes = Math.min(geometry.sectorBytes, MOST_PAGE_BYTES);
    this.#pages = Array<Uint8Array | undefined>(this.bytes / this.#pageBytes);
    this.#shared = new Uint8Array(this.#pages.length);
    this.erases = Array<number>(geometry.sectorCount).fill(0);
    for (let sector = 0; backing && sector < geometry.sectorCount; sector++) {
      const bytes = backing.read(sector);
      if (bytes) this.#store(sector, bytes);
    }
  }

  /** Its size. */
  get bytes(): number {
    return this.geometry.sectorBytes * this.geometry.sectorCount;
  }

  /** Cells that read at random. */
  get weakCells(): readonly Cell[] {
    return this.#weak;
  }

  /** Makes cells of a byte keep what they hold, whatever is programmed or erased there. */
  stick(address: number, mask: number): void {
    const [held = 0] = this.#held(address, 1);
    this.#stuck = [...this.#stuck, { address, mask, level: held & mask }];
  }

  /** Plans faults, one after the other. They replace those planned before. */
  strike(...faults: FlashFault[]): void {
    this.#faults = faults;
  }

  /** Sets the seed of what weak cells read from now on. */
  seedNoise(seed: number): void {
    this.#noise = seededRandom(seed);
  }

  /**
   * Returns another flash, in memory, with the same bytes, the same worn sectors, and the same
   * weak and stuck cells. It has no counts and no planned faults, and its noise has the seed of a
   * new flash. Bytes are copied once one of the two changes them.
   */
  branch(): Nor {
    const branch = new Nor(this.geometry);
    this.#pages.forEach((bytes, page) => {
      branch.#pages[page] = bytes;
    });
    branch.#shared.fill(1);
    this.#shared.fill(1);
    this.worn.forEach((sector) => branch.worn.add(sector));
    this.failed.forEach((sector) => branch.failed.add(sector));
    branch.#weak = this.#weak;
    branch.#stuck = this.#stuck;
    return branch;
  }

  /** Fills `into` from `address`. Returns 0 or a HalError. */
  read(address: number, into: Uint8Array): number {
    if (!this.#inside(address, into.length)) return HalError.Argument;
    this.reads++;
    this.bytesRead += into.length;
    this.#sense(address, into);
    return 0;
  }

  /** Returns 0 or a HalError. Throws PowerCut. */
  program(address: number, bytes: Uint8Array): number {
    const { programUnit } = this.geometry;
    if (!this.#inside(address, bytes.length) || bytes.length === 0) return HalError.Argument;
    if (address % programUnit !== 0 || bytes.length % programUnit !== 0) return HalError.Argument;
    const before = this.#held(address, bytes.length);
    // A weak cell may hold either bit, so a program may write either.
    for (const { at, mask } of this.#weakIn(address, bytes.length)) before[at] = (before[at] ?? 0) | mask;
    if (bytes.some((byte, i) => (byte & ~(before[i] ?? 0)) !== 0)) return HalError.Argument;
    if (this.#isWorn(address, bytes.length)) return HalError.Device;
    this.onOperation?.({
      kind: 'program',
      address,
      bytes: bytes.length,
      cells: changingCells(before, bytes),
    });
    this.programs++;
    this.bytesProgrammed += bytes.length;
    const fault = this.#nextFault();
    const left: Torn = fault ? torn(before, bytes, fault.tear) : { bytes };
    const settled = this.#weakIn(address, bytes.length).filter(({ at, mask }) => ((left.bytes[at] ?? 0) & mask) === 0);
    this.#weak = this.#weak.filter((cell) => !settled.some(({ cell: gone }) => gone === cell));
    const isKept = this.#put(address, left);
    return (fault && this.#end(fault, address)) ?? (isKept ? this.#readBack(address, bytes) : this.#fail(address));
  }

  /** Erases the sector that begins at `address`. Returns 0 or a HalError. Throws PowerCut. */
  erase(address: number): number {
    const { sectorBytes } = this.geometry;
    if (!this.#inside(address, sectorBytes) || address % sectorBytes !== 0) return HalError.Argument;
    const sector = address / sectorBytes;
    if (this.worn.has(sector)) return HalError.Device;
    this.onOperation?.({
      kind: 'erase',
      address,
      bytes: sectorBytes,
      cells: changingCells(this.#held(address, sectorBytes), erased(sectorBytes)),
    });
    this.erases[sector] = (this.erases[sector] ?? 0) + 1;
    const fault = this.#nextFault();
    if (fault) {
      this.#put(address, torn(this.#held(address, sectorBytes), erased(sectorBytes), fault.tear));
      return this.#end(fault, address) ?? this.#readBack(address, erased(sectorBytes));
    }
    this.#weak = this.#weak.filter((cell) => this.#sectorOf(cell.address) !== sector);
    if (this.#stuck.some((cell) => this.#sectorOf(cell.address) === sector)) {
      this.#put(address, { bytes: erased(sectorBytes) });
      return this.#readBack(address, erased(sectorBytes));
    }
    this.#store(sector);
    return this.#keep(address, erased(sectorBytes)) ? 0 : this.#fail(address);
  }

  /**
   * A copy of all bytes, for comparisons. It counts as no read; weak cells are as last written.
   */
  snapshot(): Uint8Array {
    return this.#held(0, this.bytes);
  }

  /** Fills the flash from outside, as a programmer does before the chip is mounted. */
  load(image: Uint8Array): void {
    const { sectorBytes } = this.geometry;
    this.#weak = [];
    for (let sector = 0; sector < this.geometry.sectorCount; sector++) {
      const bytes = erased(sectorBytes);
      bytes.set(image.subarray(sector * sectorBytes, (sector + 1) * sectorBytes));
      this.#store(sector, bytes);
      this.backing?.write(sector * sectorBytes, bytes);
    }
  }

  #inside(address: number, length: number): boolean {
    return address >= 0 && address + length <= this.bytes;
  }

  #isWorn(address: number, length: number): boolean {
    const { sectorBytes } = this.geometry;
    const last = Math.floor((address + length - 1) / sectorBytes);
    for (let sector = Math.floor(address / sectorBytes); sector <= last; sector++) {
      if (this.worn.has(sector)) return true;
    }
    return false;
  }

  #sectorOf(address: number): number {
    return Math.floor(address / this.geometry.sectorBytes);
  }

  /** Reads a range. Weak cells read at random. */
  #sense(address: number, into: Uint8Array): void {
    this.#copy(address, into);
    for (const { address: weak, mask } of this.#weak) {
      const at = weak - address;
      if (at >= 0 && at < into.length && this.#noise() < 0.5) into[at] = (into[at] ?? 0) ^ mask;
    }
  }

  /** The device's own check after an operation: 0, or a HalError if the bytes are not there. */
  #readBack(address: number, wanted: Uint8Array): number {
    const seen = new Uint8Array(wanted.length);
    this.#sense(address, seen);
    for (let i = 0; i < seen.length; i++) if (seen[i] !== wanted[i]) return this.#fail(address);
    return 0;
  }

  /** The weak cells in a range; `at` counts from its start. */
  #weakIn(address: number, length: number): { cell: Cell; at: number; mask: number }[] {
    return this.#weak
      .map((cell) => ({ cell, at: cell.address - address, mask: cell.mask }))
      .filter(({ at }) => at >= 0 && at < length);
  }

  /** A copy of the bytes in a range. */
  #held(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#copy(address, bytes);
    return bytes;
  }

  #copy(address: number, into: Uint8Array): void {
    for (let at = 0; at < into.length;) {
      const { page, offset, length } = this.#piece(address + at, into.length - at);
      const bytes = this.#pages[page];
      if (!bytes) into.fill(ERASED, at, at + length);
      else if (length > SHORT) into.set(bytes.subarray(offset, offset + length), at);
      else for (let i = 0; i < length; i++) into[at + i] = bytes[offset + i] ?? 0;
      at += length;
    }
  }

  /** False if the bytes could not be made durable. */
  #put(address: number, { bytes: wanted, weak, stuck }: Torn): boolean {
    const bytes = this.#taken(address, wanted);
    for (let at = 0; at < bytes.length;) {
      const { page, offset, length } = this.#piece(address + at, bytes.length - at);
      this.#own(page).set(bytes.subarray(at, at + length), offset);
      at += length;
    }
    if (weak) this.#weaken({ address: address + weak.address, mask: weak.mask });
    if (stuck) this.stick(address + stuck.address, stuck.mask);
    return this.#keep(address, bytes);
  }

  /** A disk that is full or fails is to the firmware a flash that fails. */
  #keep(address: number, bytes: Uint8Array): boolean {
    try {
      this.backing?.write(address, bytes);
      return true;
    } catch {
      return false;
    }
  }

  /** The bytes that a range holds after `wanted` was written: stuck cells stay as they are. */
  #taken(address: number, wanted: Uint8Array): Uint8Array {
    const stuck = this.#stuck.filter((cell) => cell.address >= address && cell.address < address + wanted.length);
    if (stuck.length === 0) return wanted;
    const bytes = wanted.slice();
    for (const { address: cell, mask, level } of stuck) {
      const at = cell - address;
      bytes[at] = ((bytes[at] ?? 0) & ~mask) | level;
    }
    return bytes;
  }

  /** The part of `length` bytes from `address` that lies in one page. */
  #piece(address: number, length: number): { page: number; offset: number; length: number } {
    const page = Math.floor(address / this.#pageBytes);
    const offset = address - page * this.#pageBytes;
    return { page, offset, length: Math.min(length, this.#pageBytes - offset) };
  }

  /** Sets all bytes of a sector; erased if `bytes` is absent. */
  #store(sector: number, bytes?: Uint8Array): void {
    const pages = this.geometry.sectorBytes / this.#pageBytes;
    for (let i = 0; i < pages; i++) {
      const part = bytes?.slice(i * this.#pageBytes, (i + 1) * this.#pageBytes);
      this.#shared[sector * pages + i] = 0;
      this.#pages[sector * pages + i] = part?.some((byte) => byte !== ERASED) ? part : undefined;
    }
  }

  #weaken({ address, mask }: Cell): void {
    // Two entries for one cell would flip it twice.
    const others = this.#weak.filter((cell) => cell.address !== address || cell.mask !== mask);
    this.#weak = [...others, { address, mask }];
  }

  /** The bytes of a page, no longer shared, so that they may be changed. */
  #own(page: number): Uint8Array {
    let bytes = this.#pages[page];
    if (!bytes) bytes = erased(this.#pageBytes);
    else if (this.#shared[page]) bytes = bytes.slice();
    this.#shared[page] = 0;
    this.#pages[page] = bytes;
    return bytes;
  }

  #nextFault(): FlashFault | undefined {
    const [next, ...later] = this.#faults;
    if (!next) return undefined;
    this.#faults = next.after > 0 ? [{ ...next, after: next.after - 1 }, ...later] : later;
    return next.after > 0 ? undefined : next;
  }

  /** What the device reports after a fault; undefined if it reports no error. */
  #end({ outcome }: FlashFault, address: number): HalError | undefined {
    if (outcome === 'cut') throw new PowerCut('the power was cut');
    if (outcome === 'done') return undefined;
    this.worn.add(this.#sectorOf(address));
    return this.#fail(address);
  }

  #fail(address: number): HalError {
    this.failed.add(this.#sectorOf(address));
    return HalError.Device;
  }
}
