// What the firmware takes of its device: program memory and RAM.
import { statSync } from 'node:fs';
import { URL } from 'node:url';
import { instantiateFirmware } from '../build/host/firmware/firmware.js';
import { firmwareModule } from '../build/host/firmware/file.js';

export function firmware() {
  const module = firmwareModule();
  const absent = () => -3;
  const hal = Object.fromEntries(WebAssembly.Module.imports(module).map(({ name }) => [name, absent]));
  const { size } = statSync(new URL('../build/terminal.wasm', import.meta.url));
  return [
    { name: 'firmware.wasm.bytes', value: size, unit: 'B', atMost: 34_816 },
    { name: 'firmware.memory.bytes', value: instantiateFirmware(module, hal).memoryEnd(), unit: 'B', atMost: 9216 },
  ];
}
