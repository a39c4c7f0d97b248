import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { OctobindError } from '../error.js';

let compiled: WebAssembly.Module | undefined;

/** The firmware, compiled once in a process. Code: `FIRMWARE` where its file is missing or is none. */
export function firmwareModule(): WebAssembly.Module {
  if (compiled) return compiled;
  try {
    // By the package's own name, so that it is found from the sources as from the build.
    const path = createRequire(import.meta.url).resolve('octobind/terminal.wasm');
    compiled = new WebAssembly.Module(new Uint8Array(readFileSync(path)));
    return compiled;
  } catch (cause) {
    throw new OctobindError('FIRMWARE', 'The firmware build/terminal.wasm cannot be read. Run `npm run build`.', {
      cause,
    });
  }
}
