import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Tests run the sources; package.json names what is built.
  resolve: {
    alias: { '#crypto': source('host/crypto/node.ts'), '#firmware': source('host/firmware/file.ts') },
  },
  test: {
    include: ['test/{unit,conformance,faults,security,board}/**/*.test.ts'],
    globalSetup: 'test/support/state-home.ts',
    allowOnly: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
