import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { OctobindError } from '../error.js';

let compiled: WebAssembly.Module | undefined;

/**
 * Returns the firmware, compiled once per process. Code: `FIRMWARE` if its file is missing or is
 * not valid WebAssembly.
 */
export function firmwareModule(): WebAssembly.Module {
  if (compiled) return compiled;
  try {
    // The package's own name resolves from the sources as well as from the build.
    const path = createRequire(import.meta.url).resolve('octobind/terminal.wasm');
    compiled = new WebAssembly.Module(new Uint8Array(readFileSync(path)));
    return compiled;
  } catch (cause) {
    throw new OctobindError('FIRMWARE', 'The firmware build/terminal.wasm cannot be read. Run `npm run build`.', {
      cause,
    });
  }
}
