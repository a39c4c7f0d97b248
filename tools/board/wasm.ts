// Writes as C what wasm2c leaves out: the ROM of terminal.wasm, its digest, how much memory it
// uses, and the runtime that the build has for it.
import { createHash } from 'node:crypto';
import { instantiateFirmware, romOf } from '../../host/firmware/firmware.js';

/** The memory begins and ends on this many bytes. */
const ALIGNMENT = 16;

/** `version` is that of the package. */
export function wasmHeader(firmware: Uint8Array<ArrayBuffer>, version: string): string {
  const module = new WebAssembly.Module(firmware);
  const hal = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0]));
  const memory = Math.ceil(instantiateFirmware(module, hal).memoryEnd() / ALIGNMENT) * ALIGNMENT;
  const digest = createHash('sha256').update(firmware).digest();
  return `#include <stdint.h>

/* The firmware declares a whole page, but uses and gets only this much (memoryEnd). */
#ifndef MEMORY_BYTES
#define MEMORY_BYTES ${memory}
#endif

/* This build's name and version, for runtime_text. */
#define WASM_RUNTIME "board ${version}"

/* SHA-256 of terminal.wasm, its ROM included. */
${bytesAsC('wasm_digest', digest)}
/* The section octobind.rom. */
${bytesAsC('wasm_rom', romOf(module))}`;
}

function bytesAsC(name: string, bytes: Uint8Array): string {
  const all = [...bytes];
  const rows = Array.from({ length: Math.ceil(all.length / 16) }, (_, row) => all.slice(16 * row, 16 * row + 16));
  return `static const uint8_t ${name}[${all.length}] __attribute__((unused)) = {
${rows.map((row) => `    ${row.join(', ')},\n`).join('')}};
`;
}
