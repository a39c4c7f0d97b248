// Builds build/boards/<board>/terminal.elf and prints its size: `npm run build:board -- [BOARD]
// [--debug] [--stack]`. --debug builds from the debug firmware, in <board>-debug/. --stack runs
// the program in QEMU, and prints how much of its stack it uses.
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
    if (more.length > 0) throw new Error('Name only one board.');
    if (!isBoard(name)) throw new Error(`There is no board ${name}. There are: ${boardNames().join(', ')}.`);
    if (values.stack && !isInQemu(name)) throw new Error(`QEMU has no board ${name}, so its stack cannot be measured.`);
    return { board: name, ...values };
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

const { board, debug, stack } = arguments_();
try {
  // The host's sources import a file of the build.
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
    const { stackOf } = await import('./stack.js'); // only now: it loads the whole host
    const { size, used } = await stackOf(board, made.elf);
    console.error(`and stack ${bytes(size)}, of which ${bytes(used)} were used at most`);
  }
} catch (error) {
  if (!(error instanceof ToolError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
