// Writes as C what wasm2c leaves out: the ROM of terminal.wasm, and how much memory it uses.
import { instantiateFirmware, romOf } from '../../host/firmware/firmware.js';

/** The memory begins and ends on this many bytes. */
const ALIGNMENT = 16;

export function wasmHeader(firmware: Uint8Array<ArrayBuffer>): string {
  const module = new WebAssembly.Module(firmware);
  const hal = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, () => 0]));
  const memory = Math.ceil(instantiateFirmware(module, hal).memoryEnd() / ALIGNMENT) * ALIGNMENT;
  const rom = [...romOf(module)];
  const rows = Array.from({ length: Math.ceil(rom.length / 16) }, (_, row) => rom.slice(16 * row, 16 * row + 16));
  return `#include <stdint.h>

/* The firmware declares a whole page, but uses and gets only this much (memoryEnd). */
#ifndef MEMORY_BYTES
#define MEMORY_BYTES ${memory}
#endif

/* The section octobind.rom. */
static const uint8_t wasm_rom[${rom.length}] __attribute__((unused)) = {
${rows.map((row) => `    ${row.join(', ')},\n`).join('')}};
`;
}
