import { firstRun, LONG_COUNT, LONG_ROWS, NAMES, RUNS } from '../../build/generated/banks';
import * as hal from '../hal';
import { Size } from '../protocol';
import { REPLY } from '../scratch';
import { RomText } from '../text/rom';

// Which bank of China issues a number: a table in the ROM (docs/MEMORY.md, "The table of banks").
// A bank is its row among the names; it has two texts, one after the other.

/** No bank of the table issues the number. */
export const NO_BANK: i32 = -1;

const RUN_BYTES: i32 = 4;
const LONG_BYTES: i32 = 10;
const NAME_BYTES: i32 = 4;
/** A row of the ROM is read to here. */
const ROW: usize = REPLY;

const BANK_BITS: u32 = 7;
const CODE_BITS: u32 = 5;

/** The bank that issues numbers of `count` digits (12 to 19) with these first nine digits. */
export function bankOf(prefix: u32, count: i32): i32 {
  assert(count >= Size.PanMin && count <= Size.PanMax && prefix < 1_000_000_000);
  const bank = runBank(prefix / 1000, count);
  return bank == NO_BANK ? longBank(prefix, count) : bank;
}

/** By a prefix of at most six digits: searches for the last run that begins at or before it. */
function runBank(prefix: u32, count: i32): i32 {
  let from = firstRun(count) - 1;
  let to = firstRun(count + 1);
  const before = from;
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (readRun(middle) >> (CODE_BITS + BANK_BITS) <= prefix) from = middle;
    else to = middle;
  }
  if (from == before) return NO_BANK;
  const run = readRun(from);
  const length = runLength((run >> BANK_BITS) & ((1 << CODE_BITS) - 1));
  if (prefix - (run >> (CODE_BITS + BANK_BITS)) >= length) return NO_BANK;
  return run & ((1 << BANK_BITS) - 1);
}

/** How many prefixes a run has, by its code. */
function runLength(code: u32): u32 {
  return code == 31 ? 1000 : code == 30 ? 100 : code + 1;
}

/** By a longer prefix. There are few of them. */
function longBank(prefix: u32, count: i32): i32 {
  for (let i = 0; i < LONG_COUNT; i++) {
    readRow(LONG_ROWS + i * LONG_BYTES, LONG_BYTES);
    if (load<u8>(ROW, 8) != count || prefix < load<u32>(ROW) || prefix > load<u32>(ROW, 4)) continue;
    return load<u8>(ROW, 9);
  }
  return NO_BANK;
}

/** The bank's code: ASCII. */
export function bankCode(bank: i32): RomText {
  const row = readName(bank);
  return ((NAMES + (row & 0xffff)) << 12) | ((row >> 16) & 0xff);
}

/** The bank's name: Chinese. */
export function bankName(bank: i32): RomText {
  const row = readName(bank);
  return ((NAMES + (row & 0xffff) + ((row >> 16) & 0xff)) << 12) | (row >> 24);
}

function readRun(index: i32): u32 {
  readRow(RUNS + index * RUN_BYTES, RUN_BYTES);
  return load<u32>(ROW);
}

function readName(bank: i32): u32 {
  assert(bank >= 0);
  readRow(NAMES + bank * NAME_BYTES, NAME_BYTES);
  return load<u32>(ROW);
}

function readRow(offset: u32, bytes: i32): void {
  const result = hal.rom_read(offset, ROW, bytes);
  assert(result >= 0);
}
