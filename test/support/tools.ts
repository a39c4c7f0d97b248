import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe } from 'vitest';

const missing =
  spawnSync('qemu-system-arm', ['--version']).status !== 0
    ? 'npm run setup:board'
    : existsSync('build/boards/emcraft-sf2/terminal.elf')
      ? undefined
      : 'npm run build:board';

/** Tests that need QEMU and the board's build. Without them they are skipped, unless `OCTOBIND_BOARD` is set, as in CI. */
export function onBoard(name: string, tests: () => void): void {
  const skip = missing !== undefined && process.env['OCTOBIND_BOARD'] === undefined;
  describe.skipIf(skip)(skip ? `${name} (skipped: run ${missing})` : name, tests);
}
