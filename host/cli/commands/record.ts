import type { Command } from 'commander';
import { TraceFile } from '../../sim/trace-file.js';
import type { Context } from '../context.js';
import { addTerminalOptions, runTerminals, type TerminalOptions } from './sim.js';

export function addRecord(program: Command, context: Context): void {
  const command = program
    .command('record')
    .description('emulate one terminal until Ctrl-C, and record all that crosses its HAL in a trace for `replay`')
    .argument('<trace>', 'a new file, which will hold the keys of the terminal and the numbers of its cards');
  addTerminalOptions(command).action(async (path: string, options: TerminalOptions) => {
    const trace = new TraceFile(path);
    context.defer(() => trace.close());
    context.output.say(`Recording to ${path}. It will hold keys and card numbers, so use only test numbers.`);
    await runTerminals({ ...options, terminals: 1 }, context, trace);
  });
}
