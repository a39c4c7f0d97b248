import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Place {
  /** Path of a file in assembly/, without its extension. */
  readonly module: string;
  readonly name: string;
  /** Length, with the padding behind it. */
  readonly bytes: number;
}

/**
 * The places in the firmware's linear memory, in order of address. The release build has no names
 * left, so this compiles the sources again without optimisation. The layout is the same: the
 * compiler makes it before it optimises.
 */
export function memoryMap(): { places: Place[]; end: number } {
  const dir = mkdtempSync(join(tmpdir(), 'octobind-map-'));
  const wat = compileTo(join(dir, 'map.wat'));
  rmSync(dir, { recursive: true });
  const constants = wat.matchAll(/\(global \$assembly\/(\S+)\/(\w+) i32 \(i32\.const (\d+)\)\)/g);
  const found = [...constants]
    .map(([, module = '', name = '', address]) => ({ module, name, address: Number(address) }))
    .filter(({ module, name }) => declaresMemory(module, name))
    .sort((a, b) => a.address - b.address);
  const end = Number(/__heap_base i32 \(i32\.const (\d+)\)/.exec(wat)?.[1]);
  const places = found.map(({ module, name, address }, i) => ({
    module,
    name,
    bytes: (found[i + 1]?.address ?? end) - address,
  }));
  return { places, end };
}

function declaresMemory(module: string, name: string): boolean {
  const path = new URL(`../../assembly/${module}.ts`, import.meta.url);
  return new RegExp(`const ${name}: usize = memory\\.data`).test(readFileSync(path, 'utf8'));
}

function compileTo(path: string): string {
  const options = ['--config', 'none', '--runtime', 'stub', '--use', 'abort=', '--noAssert', '-O0'];
  const transform = ['--transform', './asconfig.transform.mjs'];
  const asc = ['node_modules/assemblyscript/bin/asc.js', 'assembly/index.ts', ...options, ...transform];
  const { status, stderr } = spawnSync(process.execPath, [...asc, '--textFile', path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return readFileSync(path, 'utf8');
}
