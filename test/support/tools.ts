import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { BOARDS } from '../../host/sim/board/machines.js';

function missing(board: string): string | undefined {
  if ((BOARDS as readonly string[]).includes(board) && spawnSync('qemu-system-arm', ['--version']).status !== 0)
    return 'npm run setup:board';
  return existsSync(`build/boards/${board}/terminal.elf`) ? undefined : `npm run build:board -- ${board}`;
}

/** Tests that need a board's build, and QEMU where it runs there. Without them they are skipped, unless `OCTOBIND_BOARD` is set, as in CI. */
export function onBoard(name: string, tests: () => void, board: string): void {
  const command = missing(board);
  const skip = command !== undefined && process.env['OCTOBIND_BOARD'] === undefined;
  describe.skipIf(skip)(skip ? `${name} (skipped: run ${command})` : name, tests);
}

/** A process of this machine has these words in its command line. */
export function isRunningWith(words: string): boolean {
  const commands = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return commands.some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(words);
    } catch {
      return false; // it has ended
    }
  });
}
