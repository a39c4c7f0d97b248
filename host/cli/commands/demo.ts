import type { Command } from 'commander';
import type { Context } from '../context.js';
import { runDemo } from '../demo.js';

export function add(command: Command, context: Context): void {
  command
    .option('--once', 'stop after the verification')
    .action((options: { once?: true }) => runDemo(context, options.once === true));
}
