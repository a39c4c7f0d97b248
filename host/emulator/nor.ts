import { HalError } from '../../assembly/protocol.js';

export interface Geometry {
  /** A power of two. */
  readonly sectorBytes: number;
  readonly sectorCount: number;
  /** Programs begin and end on this many bytes: 1, 2, 4, 8 or 16. */
  readonly programUnit: number;
}

/** 64 KiB: what the smallest serial NOR has. */
export const DEFAULT_GEOMETRY: Geometry = { sectorBytes: 4096, sectorCount: 16, programUnit: 1 };

/** Where a flash's bytes are kept beside memory. What `write` was given is durable when it returns. */
export interface Backing {
  /** The bytes of a sector, or nothing where it is erased. */
  read(sector: number): Uint8Array | undefined;
  write(address: number, bytes: Uint8Array): void;
}

/** Thrown through the firmware at the moment the power goes. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut';
}

const ERASED = 0xff;

/**
 * NOR flash, stricter than the real thing: a program may only clear bits, must be aligned to the unit and stay inside the
 * flash; an erase takes a whole sector. What is refused changes nothing. An erased sector takes no memory.
 */
export class Nor {
  reads = 0;
  bytesRead = 0;
  programs = 0;
  bytesProgrammed = 0;
  /** Of each sector. */
  readonly erases: number[];
  /** Sectors that refuse program and erase, as worn ones do. */
  readonly worn = new Set<number>();
  readonly #sectors: (Uint8Array | undefined)[];
  #bytesToCut = Infinity;

  constructor(
    readonly geometry: Geometry = DEFAULT_GEOMETRY,
    private readonly backing?: Backing,
  ) {
    this.#sectors = Array.from({ length: geometry.sectorCount }, (_, sector) => backing?.read(sector));
    this.erases = Array<number>(geometry.sectorCount).fill(0);
  }

  get bytes(): number {
    return this.geometry.sectorBytes * this.geometry.sectorCount;
  }

  /** Cuts the power once, after `bytes` further bytes were programmed or erased; Infinity takes that back. */
  cutAfter(bytes: number): void {
    this.#bytesToCut = bytes;
  }

  /** Fills `into` from `address`. Answers 0 or a HalError. */
  read(address: number, into: Uint8Array): number {
    if (!this.#inside(address, into.length)) return HalError.Argument;
    this.reads++;
    this.bytesRead += into.length;
    for (const { sector, offset, at, length } of this.#pieces(address, into.length)) {
      const bytes = this.#sectors[sector];
      if (bytes) into.set(bytes.subarray(offset, offset + length), at);
      else into.fill(ERASED, at, at + length);
    }
    return 0;
  }

  /** Answers 0 or a HalError. Throws PowerCut. */
  program(address: number, bytes: Uint8Array): number {
    const { programUnit } = this.geometry;
    if (!this.#inside(address, bytes.length) || bytes.length === 0) return HalError.Argument;
    if (address % programUnit !== 0 || bytes.length % programUnit !== 0) return HalError.Argument;
    let sets = false;
    let broken = false;
    for (const { sector, offset, at, length } of this.#pieces(address, bytes.length)) {
      broken ||= this.worn.has(sector);
      const old = this.#sectors[sector];
      for (let i = 0; old && i < length; i++) sets ||= ((bytes[at + i] ?? 0) & ~(old[offset + i] ?? 0)) !== 0;
    }
    if (sets) return HalError.Argument;
    if (broken) return HalError.Device;
    this.programs++;
    this.bytesProgrammed += bytes.length;
    const kept = Math.min(bytes.length, this.#bytesToCut);
    for (const { sector, offset, at, length } of this.#pieces(address, kept)) {
      this.#sector(sector).set(bytes.subarray(at, at + length), offset);
    }
    if (kept > 0) this.backing?.write(address, bytes.subarray(0, kept));
    this.#spend(bytes.length);
    return 0;
  }

  /** Erases the sector that begins at `address`. Answers 0 or a HalError. Throws PowerCut. */
  erase(address: number): number {
    const { sectorBytes } = this.geometry;
    if (!this.#inside(address, sectorBytes) || address % sectorBytes !== 0) return HalError.Argument;
    const sector = address / sectorBytes;
    if (this.worn.has(sector)) return HalError.Device;
    this.erases[sector] = (this.erases[sector] ?? 0) + 1;
    const done = Math.min(sectorBytes, this.#bytesToCut);
    if (done === sectorBytes) this.#sectors[sector] = undefined;
    else this.#sectors[sector]?.fill(ERASED, 0, done);
    if (done > 0) this.backing?.write(address, new Uint8Array(done).fill(ERASED));
    this.#spend(sectorBytes);
    return 0;
  }

  /** A copy of all bytes, for comparisons; no read that counts. */
  snapshot(): Uint8Array {
    const all = new Uint8Array(this.bytes).fill(ERASED);
    this.#sectors.forEach((bytes, sector) => {
      if (bytes) all.set(bytes, sector * this.geometry.sectorBytes);
    });
    return all;
  }

  /** Puts bytes there by other means than the firmware's: a flash that comes with something on it. */
  load(image: Uint8Array): void {
    const { sectorBytes } = this.geometry;
    for (let sector = 0; sector < this.geometry.sectorCount; sector++) {
      const bytes = new Uint8Array(sectorBytes).fill(ERASED);
      bytes.set(image.subarray(sector * sectorBytes, (sector + 1) * sectorBytes));
      this.#sectors[sector] = bytes.every((byte) => byte === ERASED) ? undefined : bytes;
      this.backing?.write(sector * sectorBytes, bytes);
    }
  }

  #inside(address: number, length: number): boolean {
    return address >= 0 && address + length <= this.bytes;
  }

  #sector(sector: number): Uint8Array {
    return (this.#sectors[sector] ??= new Uint8Array(this.geometry.sectorBytes).fill(ERASED));
  }

  /** The parts of a range that each lie in one sector; `at` counts from the start of the range. */
  *#pieces(address: number, length: number): Generator<{ sector: number; offset: number; at: number; length: number }> {
    const { sectorBytes } = this.geometry;
    for (let at = 0; at < length;) {
      const sector = Math.floor((address + at) / sectorBytes);
      const offset = (address + at) % sectorBytes;
      const part = Math.min(length - at, sectorBytes - offset);
      yield { sector, offset, at, length: part };
      at += part;
    }
  }

  #spend(bytes: number): void {
    if (this.#bytesToCut < bytes) {
      this.#bytesToCut = Infinity;
      throw new PowerCut('the power was cut');
    }
    this.#bytesToCut -= bytes;
  }
}
