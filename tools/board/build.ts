// Builds build/boards/<board>/terminal.elf and says how large it is: `npm run build:board --
// [BOARD] [--debug] [--stack]`. --debug makes it of the debug firmware, in <board>-debug/; --stack
// runs it in QEMU to see how much of its stack it uses.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BoardName, BOARDS } from '../../host/sim/board/machines.js';
import { build, runCommand, type Step } from '../make/make.mjs';
import { RECORDS, STEPS } from '../make/steps.mjs';
import { boardNames, buildBoard, isBoard } from './board.js';
import { sizeOf } from './size.js';
import { ToolError } from './tool.js';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const bytes = (count: number): string => `${count.toLocaleString('en')} bytes`;

const isInQemu = (name: string): name is BoardName => (BOARDS as readonly string[]).includes(name);

let isFirst = true;
function run(step: Step, why: string): Promise<boolean> {
  if (isFirst) console.error(`Building ${board} (${why}) …`);
  isFirst = false;
  return runCommand(step);
}

function arguments_(): { board: string; debug: boolean; stack: boolean } {
  try {
    const { values, positionals } = parseArgs({
      options: { debug: { type: 'boolean', default: false }, stack: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [name = 'emcraft-sf2', ...more] = positionals;
    if (more.length > 0) throw new Error('One board is built at a time.');
    if (!isBoard(name)) throw new Error(`There is no board ${name}. There are: ${boardNames().join(', ')}.`);
    if (values.stack && !isInQemu(name)) throw new Error(`QEMU has no ${name}, so its stack cannot be looked at.`);
    return { board: name, ...values };
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

const { board, debug, stack } = arguments_();
try {
  // The host's sources name a file of its build.
  const needed = [debug ? 'debug' : 'firmware', ...(stack ? ['host'] : [])];
  const { failed } = await build(needed, { steps: STEPS, records: RECORDS });
  if (failed.length > 0) process.exit(1);
  const made = await buildBoard(board, { debug, run });
  if (!made.built) process.exit(1);
  const { text, mbedtls, data, bss, linearMemory } = sizeOf(made);
  console.error(
    `${made.elf}: text ${bytes(text)}, and ${bytes(mbedtls)} of mbedTLS; data ${bytes(data)}, bss ${bytes(bss)}`,
  );
  console.error(`of these, linear memory ${bytes(linearMemory)}`);
  if (stack && isInQemu(board)) {
    const { stackOf } = await import('./stack.js'); // with all that it takes to talk to a board
    const { size, used } = await stackOf(board, made.elf);
    console.error(`and stack ${bytes(size)}, of which ${bytes(used)} were used at most`);
  }
} catch (error) {
  if (!(error instanceof ToolError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
