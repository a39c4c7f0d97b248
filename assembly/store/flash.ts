import * as hal from '../hal';
import { Event, Region } from '../protocol';

const TABLE: i32 = Region.Table;

// Geometry of the table's region, from the HAL: docs/HAL.md.
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

/** Asks the HAL for the geometry. False if the store cannot use it. */
export function readGeometry(): bool {
  sectorBytes = hal.nor_sector_bytes(TABLE);
  sectorCount = hal.nor_sector_count(TABLE);
  programUnit = hal.nor_program_unit(TABLE);
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

/** Reads flash. If the device fails, the bytes read as zeros, which no check accepts. */
export function read(sector: i32, offset: i32, ptr: usize, len: i32): void {
  assert(sector >= 0 && sector < sectorCount && offset >= 0 && offset + len <= sectorBytes);
  bytesRead += len;
  if (hal.nor_read(TABLE, sector * sectorBytes + offset, ptr, len) < 0) {
    failures++;
    readFailed = true;
    memory.fill(ptr, 0, len);
  }
}

export function program(sector: i32, offset: i32, ptr: usize, len: i32): bool {
  assert(sector >= 0 && sector < sectorCount && offset >= 0 && offset + len <= sectorBytes);
  assert(offset % programUnit == 0 && len > 0 && len % programUnit == 0);
  programs++;
  bytesProgrammed += len;
  return succeeded(hal.nor_program(TABLE, sector * sectorBytes + offset, ptr, len));
}

export function erase(sector: i32): bool {
  assert(sector >= 0 && sector < sectorCount);
  erases++;
  hal.event(Event.Erase, sector);
  return succeeded(hal.nor_erase(TABLE, sector * sectorBytes));
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
