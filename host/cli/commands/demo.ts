import type { Command } from 'commander';
import type { Context } from '../context.js';
import { runDemo } from '../demo.js';

export function addDemo(program: Command, context: Context): void {
  program
    .command('demo')
    .description('show everything on three emulated terminals, which stay on until Ctrl-C')
    .option('--once', 'stop after the verification')
    .action((options: { once?: true }) => runDemo(context, options.once === true));
}
