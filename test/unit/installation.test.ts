import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, Locked>;
};

it('no package fetches another one while it is installed', () => {
  const scripted = Object.keys(lock.packages).filter((folder) => lock.packages[folder]?.hasInstallScript);
  // Each was read. Both take what their npm package ships: serialport the addon of this platform
  // (without one it compiles its own sources), esbuild the program of this platform.
  expect(scripted).toEqual(['node_modules/@serialport/bindings-cpp', 'node_modules/esbuild']);
});
