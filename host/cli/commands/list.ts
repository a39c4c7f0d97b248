import type { Command } from 'commander';
import type { Context } from '../context.js';
import { stateName } from '../names.js';
import { cardTableText, slotDocuments } from '../table-view.js';

export function addList(program: Command, context: Context): void {
  program
    .command('list')
    .description('show the eight slots of a terminal, with masked numbers')
    .action(async () => {
      const { terminal, port } = await context.terminal();
      const table = await terminal.list();
      const { generation, state } = table;
      context.output.result({ port, generation, state: stateName(state), slots: slotDocuments(table) }, () =>
        cardTableText(table),
      );
    });
}
