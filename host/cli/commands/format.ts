import type { Command } from 'commander';
import { OctobindError } from '../../error.js';
import type { Context } from '../context.js';
import { chosenTerminal } from '../reach.js';

export function add(command: Command, context: Context): void {
  command.option('--yes', 'confirm that every bound card will be lost').action(async (options: { yes?: true }) => {
    if (options.yes !== true) {
      throw new OctobindError('USAGE', 'Formatting removes every card from the terminal. To do it, add --yes.');
    }
    const { terminal, port } = await chosenTerminal(context);
    const { generation } = await terminal.format();
    context.output.result({ port, generation }, () => `The table is empty. It is at generation ${generation}.`);
  });
}
