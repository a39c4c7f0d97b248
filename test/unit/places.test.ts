import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { functionBodies, functionNames } from '../../host/emulator/wasm-functions.js';
import { functionNamesInText } from '../../host/sim/places.js';
import { withNames } from '../../tools/board/names.js';
import { run } from './cli-support.js';

const DEBUG = 'build/debug/terminal.wasm';
const RELEASE = 'build/terminal.wasm';

/** An instruction near the start of a function in a file, after the counts of its locals. */
function startOf(path: string, names: Map<number, string>, name: string): string {
  const file = new Uint8Array(readFileSync(path));
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(file)).length;
  const number = [...names].find(([, found]) => found === name)?.[0] ?? NaN;
  return `0x${((functionBodies(file)[number - imports]?.start ?? NaN) + 8).toString(16)}`;
}

describe('the debug build of the firmware', () => {
  beforeAll(() => {
    const { status, stderr } = spawnSync(process.execPath, ['tools/build.mjs', 'debug'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  });

  it('imports the HAL and nothing else', () => {
    const module = new WebAssembly.Module(new Uint8Array(readFileSync(DEBUG)));
    expect(new Set(WebAssembly.Module.imports(module).map((one) => one.module))).toEqual(new Set(['hal']));
  });

  it('has names and lines, of which `where` tells those of an offset', async () => {
    const names = functionNames(new WebAssembly.Module(new Uint8Array(readFileSync(DEBUG))));
    const offset = startOf(DEBUG, names, 'assembly/link/frame/takeByte');
    const { stdout, code } = await run(['where', offset, '--firmware', DEBUG]);
    expect(stdout).toMatch(/^assembly\/link\/frame\/takeByte \(assembly\/link\/frame\.ts:\d+:\d+\)\n$/);
    expect(code).toBe(0);
    const { stdout: json } = await run(['where', offset, '--firmware', DEBUG, '--json']);
    expect(JSON.parse(json)).toMatchObject({
      file: DEBUG,
      places: [{ function: 'assembly/link/frame/takeByte', file: 'assembly/link/frame.ts' }],
    });
  });
});

describe('the release build of the firmware', () => {
  const names = functionNamesInText(readFileSync('build/terminal.wat', 'utf8'));

  it('has the names of its text beside it, which `where` tells', async () => {
    const { stdout } = await run(['where', startOf(RELEASE, names, 'assembly/index/poll')]);
    expect(stdout).toBe('assembly/index/poll\n');
  });

  it('gets a section of names for wasm2c, and keeps its bytes', () => {
    const file = readFileSync(RELEASE);
    const named = withNames(file, readFileSync('build/terminal.wat', 'utf8'));
    expect(named.subarray(0, file.length)).toEqual(file);
    expect(functionNames(new WebAssembly.Module(new Uint8Array(named)))).toEqual(names);
    expect(names.size).toBe(
      functionBodies(file).length + WebAssembly.Module.imports(new WebAssembly.Module(file)).length,
    );
  });

  it.each([
    ['0x2', /is in no function/],
    ['12fg', /It is a number/],
  ])('has no place %s', async (address, message) => {
    const { code, stderr } = await run(['where', address]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
