import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe } from 'vitest';
import { BOARDS } from '../../host/sim/board/machines.js';

function missing(board: string): string | undefined {
  if ((BOARDS as readonly string[]).includes(board) && spawnSync('qemu-system-arm', ['--version']).status !== 0)
    return 'npm run setup:board';
  return existsSync(`build/boards/${board}/terminal.elf`) ? undefined : `npm run build:board -- ${board}`;
}

/**
 * Declares tests that need the build of a board, and QEMU if the board runs in it. If one of the
 * two is missing, they are skipped; with `OCTOBIND_BOARD=1`, as in CI, they run and fail.
 * `OCTOBIND_BOARD=0` skips them in any case.
 */
export function onBoard(name: string, tests: () => void, board: string): void {
  const wanted = process.env['OCTOBIND_BOARD'];
  const command = missing(board);
  if (wanted === '0') describe.skip(`${name} (skipped: OCTOBIND_BOARD=0)`, tests);
  else if (wanted === undefined && command !== undefined) describe.skip(`${name} (skipped: run ${command})`, tests);
  else describe(name, tests);
}

/** True if a process of this machine has these words in its command line. */
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
