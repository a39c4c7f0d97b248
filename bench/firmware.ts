// What the firmware takes of its device: program memory and RAM.
import { statSync } from 'node:fs';
import { HalError } from '../assembly/protocol.js';
import { instantiateFirmware, romOf } from '../host/firmware/firmware.js';
import { firmwareModule } from '../host/firmware/file.js';
import type { Figure } from './measure.js';

export function firmware(): Figure[] {
  const module = firmwareModule();
  const absent = (): number => HalError.Absent;
  const hal = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, absent]));
  const { size } = statSync(new URL('../build/terminal.wasm', import.meta.url));
  return [
    { name: 'firmware.wasm.bytes', value: size, unit: 'B', atMost: 96 * 1024 },
    { name: 'firmware.rom.bytes', value: romOf(module).length, unit: 'B', atMost: 40 * 1024 },
    { name: 'firmware.memory.bytes', value: instantiateFirmware(module, hal).memoryEnd(), unit: 'B', atMost: 12_288 },
  ];
}
