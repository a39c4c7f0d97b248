import * as hal from '../hal';

// Geometry, as the HAL gives it: docs/HAL.md.
export let sectorBytes: i32 = 0;
export let sectorCount: i32 = 0;
export let programUnit: i32 = 0;

// Counters since boot, for stat group `flash`.
export let bytesRead: u32 = 0;
export let programs: u32 = 0;
export let bytesProgrammed: u32 = 0;
export let erases: u32 = 0;
export let failures: u32 = 0;

/** A read failed since the geometry was asked for. */
export let readFailed: bool = false;

/** Asks the HAL for the geometry. False where the store cannot use it. */
export function readGeometry(): bool {
  sectorBytes = hal.nor_sector_bytes();
  sectorCount = hal.nor_sector_count();
  programUnit = hal.nor_program_unit();
  bytesRead = programs = bytesProgrammed = erases = failures = 0;
  readFailed = false;
  return (
    sectorBytes >= 1024 &&
    sectorBytes <= 65536 &&
    popcnt(sectorBytes) == 1 &&
    sectorCount >= 2 &&
    sectorCount <= 16 &&
    programUnit >= 1 &&
    programUnit <= 16 &&
    popcnt(programUnit) == 1
  );
}

/** Rounds up to the program unit. */
export function aligned(bytes: i32): i32 {
  return (bytes + programUnit - 1) & -programUnit;
}

/** Reads flash; where the device fails, the bytes read as zeros, which no check accepts. */
export function read(sector: i32, offset: i32, ptr: usize, len: i32): void {
  bytesRead += len;
  if (hal.nor_read(sector * sectorBytes + offset, ptr, len) < 0) {
    failures++;
    readFailed = true;
    memory.fill(ptr, 0, len);
  }
}

export function program(sector: i32, offset: i32, ptr: usize, len: i32): bool {
  programs++;
  bytesProgrammed += len;
  return succeeded(hal.nor_program(sector * sectorBytes + offset, ptr, len));
}

export function erase(sector: i32): bool {
  erases++;
  return succeeded(hal.nor_erase(sector * sectorBytes));
}

function succeeded(result: i32): bool {
  if (result >= 0) return true;
  failures++;
  return false;
}

/** All of `len` bytes are erased flash. */
export function isBlank(ptr: usize, len: i32): bool {
  for (let i = 0; i < len; i++) {
    if (load<u8>(ptr + i) != 0xff) return false;
  }
  return true;
}
