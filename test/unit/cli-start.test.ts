import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { createProgram } from '../../host/cli/program.js';

const ROOT = join(import.meta.dirname, '../..');

/** The packages that a file loads before anything runs: not those of `await import()`. */
async function packagesOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    conditions: ['octobind-source'],
    packages: 'external',
    outdir: 'unused',
    write: false,
    metafile: true,
  });
  const packages = new Set<string>();
  const files = new Set([entry]);
  for (const file of files) {
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import') continue;
      if (!external) files.add(path);
      else if (!path.startsWith('node:') && !builtinModules.includes(path)) packages.add(path);
    }
  }
  return [...packages].sort();
}

// Each package takes 0.03 to 0.15 s to load, and everybody waits for that.
it.each([
  ['the program', 'main.ts', ['commander']],
  ['card check', 'commands/card-check.ts', ['@assemblyscript/loader', 'cbor2', 'cbor2/encoder']],
  [
    'list',
    'commands/list.ts',
    ['@serialport/stream', 'cbor2', 'cbor2/encoder', 'cli-table3', 'commander', 'string-width', 'zod'],
  ],
])('%s loads only the packages that it needs', async (_, file, packages) => {
  expect(await packagesOf(`host/cli/${file}`)).toEqual(packages);
});

it.each([[['list', '--json']], [['-s', 'OB-1', 'list']], [['help', 'list']]])(
  'only the command that is named gets its options: %j',
  async (args) => {
    const program = await createProgram(args, () => undefined as never);
    const withOptions = program.commands.filter(({ options }) => options.length > 0);
    expect(withOptions.map((command) => command.name())).toEqual(['list']);
  },
);
