import { instantiateSync } from '@assemblyscript/loader';
import type { rom_read } from '../../assembly/hal.js';
import { HalError, type Rc, type Refusal, Size } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';

/** What `build/terminal.wasm` exports: docs/HAL.md. Pointers are offsets into `memory`. */
export interface Firmware extends Record<string, unknown> {
  readonly memory: WebAssembly.Memory;
  halVersion(): number;
  memoryEnd(): number;
  boot(): void;
  readonly press: (key: number) => number;
  readonly receive: (byte: number) => number;
  readonly poll: (now: number) => number;
  tamper(): void;
  cardRecord(
    pan: number,
    panLen: number,
    name: number,
    nameLen: number,
    role: number,
    warns: number,
    out: number,
  ): Refusal;
  panMask(pan: number, len: number, out: number): number;
  panBank(pan: number, len: number, out: number): number;
  readonly panCheckBatch: (ptr: number, len: number, out: number) => number;
  policyContent(ptr: number, len: number, out: number): Refusal | Rc;
  readonly luhnBatch: (ptr: number, len: number, out: number) => number;
}

/** Makes an instance with the imports `hal`. Code: `FIRMWARE` if it needs another HAL version. */
export function instantiateFirmware(
  module: WebAssembly.Module,
  hal: Record<string, WebAssembly.ImportValue>,
): Firmware {
  const { exports } = instantiateSync<Firmware>(module, { hal });
  const version: number = Size.HalVersion;
  if (exports.halVersion() !== version) {
    throw new OctobindError(
      'FIRMWARE',
      `This firmware needs HAL version ${exports.halVersion()}, and this package supplies ${version}. Use the two of one release.`,
    );
  }
  return exports;
}

/** SHA-256 of the file that a module was compiled from: a module does not have its bytes. */
const builds = new WeakMap<WebAssembly.Module, Uint8Array>();

export function rememberBuild(module: WebAssembly.Module, digest: Uint8Array): void {
  builds.set(module, digest);
}

/** SHA-256 of a module's file, ROM included. Undefined if nobody remembered it. */
export const buildOf = (module: WebAssembly.Module): Uint8Array | undefined => builds.get(module);

/**
 * The firmware's read-only data: texts, which lie outside of its memory. Code: `FIRMWARE` if it
 * reads them and has no such section, as after a tool that strips custom sections.
 */
export function romOf(module: WebAssembly.Module): Uint8Array {
  const [section] = WebAssembly.Module.customSections(module, 'octobind.rom');
  if (section) return new Uint8Array(section);
  if (!WebAssembly.Module.imports(module).some(({ name }) => name === 'rom_read')) return new Uint8Array(0);
  throw new OctobindError('FIRMWARE', 'This firmware has no section octobind.rom: a tool has stripped it.');
}

/** The import `rom_read`. The firmware's pure functions need no other one. */
export function romReader(rom: Uint8Array, memory: () => Uint8Array): typeof rom_read {
  return (offset, ptr, len) => {
    const [from, to] = [offset >>> 0, ptr >>> 0];
    if (len < 0 || from + len > rom.length || to + len > memory().length) return HalError.Argument;
    memory().set(rom.subarray(from, from + len), to);
    return 0;
  };
}
