// How large a board's program is.
import { readFileSync, writeFileSync } from 'node:fs';
import type { BoardBuild } from './board.js';
import { output } from './tool.js';

/** size.json: bytes. */
export interface Size {
  /** Without mbedTLS. */
  readonly text: number;
  readonly mbedtls: number;
  readonly data: number;
  readonly bss: number;
  /** Of `bss`. */
  readonly linearMemory: number;
}

/** Measures a program that was just built, or reads what was measured when it was. */
export function sizeOf({ settings, folder, elf, ran }: BoardBuild): Size {
  const report = `${folder}/size.json`;
  if (!ran.includes(elf)) {
    try {
      return JSON.parse(readFileSync(report, 'utf8')) as Size;
    } catch {
      // The build before was ended too soon.
    }
  }
  const size = measured(settings.size, elf, readFileSync(`${folder}/terminal.map`, 'utf8'));
  writeFileSync(report, JSON.stringify(size));
  return size;
}

function measured(program: string, elf: string, map: string): Size {
  const [, row = ''] = output(program, elf).trim().split('\n');
  const [text = 0, data = 0, bss = 0] = row.trim().split(/\s+/).map(Number);
  const mbedtls = textOf('mbedtls', map);
  const symbols = output(program.replace(/size$/, 'nm'), '-S', elf);
  return { text: text - mbedtls, mbedtls, data, bss, linearMemory: bytesOf('memory', symbols) };
}

/** Bytes of a variable. */
function bytesOf(name: string, symbols: string): number {
  const [, bytes = ''] = new RegExp(`^\\S+ (\\S+) \\S ${name}$`, 'm').exec(symbols) ?? [];
  return parseInt(bytes, 16);
}

/** Bytes of the section `.text` that come from the objects of a part, by the linker's map. */
function textOf(part: string, map: string): number {
  const [, section = ''] = /^\.text\b([\s\S]*?)^\.\w/m.exec(map.slice(map.indexOf('Linker script'))) ?? [];
  const pieces = section.matchAll(/0x[0-9a-f]+\s+(0x[0-9a-f]+) \S*objects\/(\S+)$/gm);
  return [...pieces]
    .filter(([, , object = '']) => object.includes(part))
    .reduce((sum, [, size]) => sum + Number(size), 0);
}
