import { parseArgs } from 'node:util';
import { boardNames } from '../board/board.js';
import { BOARDS, type BoardName } from '../../host/sim/board/machines.js';

export interface Options {
  readonly board: BoardName | undefined;
  readonly dir: string;
  readonly baud: number | undefined;
  /** The command line that runs the terminals. */
  readonly command: readonly string[];
}

export const USAGE = `usage: npm run dev -- [--board ${BOARDS.join('|')}] [option…]
Options of \`octobind sim\`, or of \`octobind board run\` with --board, pass through: --terminals, --tcp, --dir, -v, …`;

/** Reads the options of `npm run dev`. The others go to the command line, which checks them. */
export function readOptions(arguments_: readonly string[]): Options {
  const { values, tokens } = parseArgs({
    args: [...arguments_],
    strict: false,
    tokens: true,
    options: { board: { type: 'string' }, dir: { type: 'string' }, baud: { type: 'string' } },
  });
  const { board, dir = '.octobind', baud } = values;
  if (board !== undefined && !isBoard(board)) {
    throw new TypeError(
      `QEMU has no board ${String(board)}. It has ${BOARDS.join(', ')}. All boards: ${boardNames().join(', ')}.`,
    );
  }
  const own = new Set(
    tokens.flatMap((token) =>
      token.kind === 'option' && token.name === 'board'
        ? [token.index, ...(token.inlineValue ? [] : [token.index + 1])]
        : [],
    ),
  );
  const others = arguments_.filter((_, index) => !own.has(index));
  return {
    board,
    dir: String(dir),
    baud: baud === undefined ? undefined : Number(baud),
    command:
      board === undefined
        ? ['sim', '--firmware', 'build/debug/terminal.wasm', ...others]
        : ['board', 'run', board, '--elf', `build/boards/${board}-debug/terminal.elf`, ...others],
  };
}

const isBoard = (name: unknown): name is BoardName => (BOARDS as readonly unknown[]).includes(name);
