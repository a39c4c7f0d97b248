import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests run the sources; package.json names what is built.
  resolve: { alias: { '#firmware': fileURLToPath(new URL('host/sim/firmware-file.ts', import.meta.url)) } },
  test: {
    include: ['test/{unit,conformance,faults,security,board}/**/*.test.ts'],
    allowOnly: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
