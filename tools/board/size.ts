// Measures the size of a board's program.
import { readFileSync, writeFileSync } from 'node:fs';
import type { BoardBuild } from './board.js';
import { output } from './tool.js';

/** The contents of size.json, in bytes. */
export interface Size {
  /** Without mbedTLS. */
  readonly text: number;
  readonly mbedtls: number;
  readonly data: number;
  readonly bss: number;
  /** A part of `bss`. */
  readonly linearMemory: number;
}

/** Measures a program if it was just built; otherwise reads what was measured then. */
export function sizeOf({ settings, folder, elf, ran }: BoardBuild): Size {
  const report = `${folder}/size.json`;
  if (!ran.includes(elf)) {
    try {
      return JSON.parse(readFileSync(report, 'utf8')) as Size;
    } catch {
      // The last build ended before it wrote the report.
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

/** The size of a variable. */
function bytesOf(name: string, symbols: string): number {
  const [, bytes = ''] = new RegExp(`^\\S+ (\\S+) \\S ${name}$`, 'm').exec(symbols) ?? [];
  return parseInt(bytes, 16);
}

/** How many bytes of the section `.text` come from the objects of a part, by the linker's map. */
function textOf(part: string, map: string): number {
  const [, section = ''] = /^\.text\b([\s\S]*?)^\.\w/m.exec(map.slice(map.indexOf('Linker script'))) ?? [];
  const pieces = section.matchAll(/0x[0-9a-f]+\s+(0x[0-9a-f]+) \S*objects\/(\S+)$/gm);
  return [...pieces]
    .filter(([, , object = '']) => object.includes(part))
    .reduce((sum, [, size]) => sum + Number(size), 0);
}
