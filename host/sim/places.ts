import { existsSync, readFileSync } from 'node:fs';
import { type EncodedSourceMap, originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { Locate } from '../emulator/place.js';
import { functionBodies, functionNames } from '../emulator/wasm-functions.js';

/**
 * Finds places in a firmware's file. Files and lines come from the source map beside it; functions
 * from its section of names, or from the text of the module beside it. What is not there is not
 * known. Only what is asked for is read.
 */
export function placesIn(path: string): Locate {
  let locate: Locate | undefined;
  return (offset) => (locate ??= read(path))(offset);
}

function read(path: string): Locate {
  const file = new Uint8Array(readFileSync(path));
  const module = new WebAssembly.Module(file);
  const imports = WebAssembly.Module.imports(module).filter(({ kind }) => kind === 'function').length;
  const bodies = functionBodies(file);
  const named = functionNames(module);
  const names = named.size > 0 ? named : namesOfText(path);
  const map = mapOf(path);
  return (offset) => {
    const body = bodies.findIndex(({ start, end }) => start <= offset && offset < end);
    if (body < 0) return {};
    return { function: names.get(imports + body), ...(map && lineAt(map, offset)) };
  };
}

/** Names of functions as a module's text has them: in order, imports first. */
export function functionNamesInText(text: string): Map<number, string> {
  const functions = text.matchAll(/^ \((?:import .*)?\(?func \$(\S+?)[ )\n]/gm);
  return new Map([...functions].map(([, name = ''], number) => [number, name]));
}

function namesOfText(path: string): Map<number, string> {
  const text = path.replace(/\.wasm$/, '.wat');
  return existsSync(text) ? functionNamesInText(readFileSync(text, 'utf8')) : new Map<number, string>();
}

function mapOf(path: string): TraceMap | undefined {
  if (!existsSync(`${path}.map`)) return undefined;
  // The folder that the compiler names as the root of the sources does not exist.
  const map = JSON.parse(readFileSync(`${path}.map`, 'utf8')) as EncodedSourceMap;
  return new TraceMap({ ...map, sourceRoot: '' });
}

function lineAt(map: TraceMap, offset: number): { file?: string; line?: number; column?: number } {
  const { source, line, column } = originalPositionFor(map, { line: 1, column: offset });
  return source === null ? {} : { file: source, line, column: column + 1 };
}
