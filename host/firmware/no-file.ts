import { OctobindError } from '../error.js';

/** Stands for `file.ts` in a browser, which has no file. Code: `FIRMWARE`. */
export function firmwareModule(): WebAssembly.Module {
  throw new OctobindError(
    'FIRMWARE',
    'There is no file to read the firmware from. Pass it as a WebAssembly.Module, as `compileFirmware` makes one.',
  );
}
