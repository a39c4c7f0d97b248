import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The board's build that replays a trace. */
export const PROGRAM = join(ROOT, 'build/boards/replay/terminal.elf');

/** Where the traces are kept whose replay differs. */
export const FAILED = join(ROOT, 'build/replay');
