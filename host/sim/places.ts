import { existsSync, readFileSync } from 'node:fs';
import { decodedMappings, type EncodedSourceMap, TraceMap } from '@jridgewell/trace-mapping';
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
    const number = bodies.findIndex(({ start, end }) => start <= offset && offset < end);
    const body = bodies[number];
    if (!body) return {};
    return { function: names.get(imports + number), ...(map && lineAt(map, body.start, offset)) };
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

/**
 * The line of the last instruction up to an offset that has one. An assertion's trap, for one, has
 * none; the condition before it has.
 */
function lineAt(map: TraceMap, start: number, offset: number): { file?: string; line?: number; column?: number } {
  const before = (decodedMappings(map)[0] ?? []).filter(([at]) => start <= at && at <= offset);
  const [, source, line, column] = before.findLast((segment) => segment.length > 1) ?? [];
  const file = source === undefined ? undefined : map.sources[source];
  if (typeof file !== 'string' || line === undefined || column === undefined) return {};
  return { file, line: line + 1, column: column + 1 };
}
