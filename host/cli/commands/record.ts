import type { Command } from 'commander';
import { TraceFile } from '../../sim/trace-file.js';
import type { Context } from '../context.js';
import { addTerminalOptions, runTerminals, type TerminalOptions } from './sim.js';

export function add(command: Command, context: Context): void {
  command.argument('<trace>', 'a new file, which will hold the keys of the terminal and the numbers of its cards');
  addTerminalOptions(command).action(async (path: string, options: TerminalOptions) => {
    const trace = new TraceFile(path);
    context.defer(() => trace.close());
    context.output.say(`Recording to ${path}. It will hold keys and card numbers, so use only test numbers.`);
    await runTerminals({ ...options, terminals: 1 }, context, trace);
  });
}
