import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OctobindError, reasonOf } from '../error.js';
import type { Place } from '../emulator/place.js';
import { functionNames } from '../emulator/wasm-functions.js';

/** Offset of the machine in an ELF file's header, and ARM's number (ELF, figure 1-3). */
const MACHINE_AT = 18;
const ARM = 0x28;

/** What wasm2c puts before the name of a function. */
const PREFIX = 'w2c_';

/**
 * The functions of a board's build that an address is in, the innermost first: the others are
 * those that it was inlined into. A function of the firmware has its name in assembly/, and its
 * line in the C that wasm2c made. Codes: `BOARD_MISSING` if there is no such build or no
 * addr2line, `USAGE`.
 */
export function placesInElf(elf: string, address: number): Place[] {
  const program = machineOf(elf) === ARM ? 'arm-none-eabi-addr2line' : 'addr2line';
  const { stdout, status, error } = spawnSync(program, ['-fie', elf, `0x${address.toString(16)}`], {
    encoding: 'utf8',
  });
  if (error) throw new OctobindError('BOARD_MISSING', `${program} cannot be started: ${reasonOf(error)}.`);
  if (status !== 0) throw new OctobindError('USAGE', `${program} cannot read ${elf}.`);
  const names = sourceNames(elf);
  const lines = stdout.trim().split('\n');
  return lines.flatMap((symbol, at) => {
    if (at % 2 === 1 || symbol === '??') return [];
    const [, file, line] = /^(.+):(\d+)/.exec(lines[at + 1] ?? '') ?? [];
    const known = file !== undefined && file !== '??';
    return [{ function: names.get(symbol) ?? symbol, ...(known && { file, line: Number(line) }) }];
  });
}

function machineOf(elf: string): number {
  const head = Buffer.alloc(MACHINE_AT + 2);
  try {
    const file = openSync(elf, 'r');
    readSync(file, head);
    closeSync(file);
  } catch (cause) {
    throw new OctobindError('BOARD_MISSING', `The board's build ${elf} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  return head.readUInt16LE(MACHINE_AT);
}

/** Names in assembly/, by those in wasm2c's C; empty if the build's firmware file is missing. */
function sourceNames(elf: string): Map<string, string> {
  const firmware = join(dirname(elf), 'wasm', 'terminal.wasm');
  if (!existsSync(firmware)) return new Map();
  const names = functionNames(new WebAssembly.Module(new Uint8Array(readFileSync(firmware)))).values();
  return new Map([...names].map((name) => [PREFIX + name.replaceAll(/\W/g, '_'), name]));
}
