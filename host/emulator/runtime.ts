import { systemCrypto } from '#crypto';
import { RuntimeText } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import { buildOf, rememberBuild } from '../firmware/firmware.js';

/** What a runtime says of itself and of its firmware: docs/HAL.md, "Runtime and build". */
export interface Runtime {
  /** Printable ASCII, 1 to 32 characters each; a `RuntimeText` is the index. */
  readonly texts: readonly string[];
  /** SHA-256 of the firmware's file. Undefined if it is not known. */
  readonly build: Uint8Array | undefined;
}

/** A test holds the version to that of the package. */
const TEXTS: Readonly<Record<RuntimeText, string>> = {
  [RuntimeText.Runtime]: 'emulator 0.1.0',
  [RuntimeText.Architecture]: 'wasm32',
  [RuntimeText.Processor]: 'wasm32',
  [RuntimeText.Board]: 'emulator',
};

/** This emulator, with a firmware. */
export function runtimeOf(module: WebAssembly.Module): Runtime {
  return { texts: Object.values(TEXTS), build: buildOf(module) };
}

/**
 * Compiles a firmware from the bytes of its file. A terminal with it can tell its build; with a
 * module that was compiled in another way it cannot. Code: `FIRMWARE` if the bytes are not valid
 * WebAssembly.
 */
export async function compileFirmware(
  file: Uint8Array<ArrayBuffer>,
  crypto = systemCrypto,
): Promise<WebAssembly.Module> {
  try {
    const module = await WebAssembly.compile(file);
    rememberBuild(module, crypto.sha256(file));
    return module;
  } catch (cause) {
    throw new OctobindError('FIRMWARE', 'These bytes are no firmware: they are not valid WebAssembly.', { cause });
  }
}
