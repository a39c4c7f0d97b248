import type { Command } from 'commander';
import type { Context } from '../context.js';
import { generationOption, slotNumber } from '../options.js';
import { chosenTerminal } from '../reach.js';

export function add(command: Command, context: Context): void {
  command
    .argument('<slot>', 'slot, 1 to 8', slotNumber)
    .addOption(generationOption())
    .action(async (slot: number, options: { generation?: number }) => {
      const { terminal, port } = await chosenTerminal(context);
      const { generation, changed } = await terminal.unbind(slot, options.generation);
      context.output.result({ port, generation, slot, changed }, () =>
        changed
          ? `Slot ${slot} is empty now. The table is at generation ${generation}.`
          : `Slot ${slot} was already empty. Nothing changed.`,
      );
    });
}
