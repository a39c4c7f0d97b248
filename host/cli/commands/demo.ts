import type { Command } from 'commander';
import type { Context } from '../context.js';
import { runDemo } from '../demo.js';

export function addDemo(program: Command, context: Context): void {
  program
    .command('demo')
    .description('show it all on three emulated terminals, and leave them on until Ctrl-C')
    .option('--once', 'end after the verification')
    .action((options: { once?: true }) => runDemo(context, options.once === true));
}
