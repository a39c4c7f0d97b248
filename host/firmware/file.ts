import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { OctobindError, reasonOf } from '../error.js';
import { rememberBuild } from './firmware.js';

/** Modules that were compiled in this process, by their files. */
const compiled = new Map<string, WebAssembly.Module>();

/**
 * Returns the package's own firmware, compiled once per process. Code: `FIRMWARE` if its file is
 * missing or is not valid WebAssembly.
 */
export function firmwareModule(): WebAssembly.Module {
  return readFirmware(firmwareFile());
}

/** A firmware, compiled once in a process. Code: `FIRMWARE` if its file is missing or is none. */
export function readFirmware(path: string): WebAssembly.Module {
  const known = compiled.get(path);
  if (known) return known;
  try {
    const file = new Uint8Array(readFileSync(path));
    const module = new WebAssembly.Module(file);
    rememberBuild(module, new Uint8Array(createHash('sha256').update(file).digest()));
    compiled.set(path, module);
    return module;
  } catch (cause) {
    const why = cause instanceof WebAssembly.CompileError ? 'it is no WebAssembly' : reasonOf(cause);
    throw new OctobindError('FIRMWARE', `The firmware ${path} cannot be read: ${why}.`, {
      cause,
    });
  }
}

/** The file of the package's own firmware. Code: `FIRMWARE` if it was not built. */
export function firmwareFile(): string {
  try {
    // By the package's own name, so that it is found from the sources as from the build.
    return createRequire(import.meta.url).resolve('octobind/terminal.wasm');
  } catch (cause) {
    throw new OctobindError('FIRMWARE', 'The firmware build/terminal.wasm is missing. Run `npm run build`.', { cause });
  }
}
