import type { Command } from 'commander';
import { OctobindError } from '../../error.js';
import type { Context } from '../context.js';

export function addFormat(program: Command, context: Context): void {
  program
    .command('format')
    .description('give up whatever the flash holds, and lay out an empty table')
    .option('--yes', 'do it: every bound card is lost')
    .action(async (options: { yes?: true }) => {
      if (options.yes !== true) {
        throw new OctobindError('USAGE', 'Formatting loses every card that the terminal holds. To do it, add --yes.');
      }
      const { terminal, port } = await context.terminal();
      const { generation } = await terminal.format();
      context.output.result({ port, generation }, () => `The table is empty. It is at generation ${generation}.`);
    });
}
