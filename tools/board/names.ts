// Adds the names of its functions to the firmware. wasm2c uses them in its C.
import { functionNamesInText } from '../../host/sim/places.js';

const CUSTOM_SECTION = 0;
const FUNCTION_NAMES = 1;

/** Returns a module with a section of names, taken from its text. Its code does not change. */
export function withNames(module: Uint8Array, text: string): Buffer {
  const names = [...functionNamesInText(text)];
  const functions = Buffer.concat([
    number(names.length),
    ...names.map(([index, name]) => Buffer.concat([number(index), sized(Buffer.from(name))])),
  ]);
  const section = Buffer.concat([sized(Buffer.from('name')), Buffer.of(FUNCTION_NAMES), sized(functions)]);
  return Buffer.concat([module, Buffer.of(CUSTOM_SECTION), sized(section)]);
}

const sized = (bytes: Uint8Array): Buffer => Buffer.concat([number(bytes.length), bytes]);

/** A number in LEB128. */
function number(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.of(...bytes, value);
}
