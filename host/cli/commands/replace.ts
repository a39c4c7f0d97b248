import type { Command } from 'commander';
import { wireChange } from '../../fleet/apply.js';
import { readTable } from '../../fleet/plan-file.js';
import { CardJudge } from '../../cards/card-judge.js';
import type { Context } from '../context.js';
import { generationOption } from '../options.js';
import { chosenTerminal } from '../reach.js';

export function add(command: Command, context: Context): void {
  command
    .argument(
      '<file>',
      'YAML file: slots by number, each with the label of a card, empty or keep; all others become empty',
    )
    .option('--cards <file>', 'card file to use instead of the one in FILE')
    .addOption(generationOption())
    .action(async (file: string, options: { cards?: string; generation?: number }) => {
      const { slots } = await readTable(file, new CardJudge(), options.cards);
      const { terminal, port } = await chosenTerminal(context);
      const { generation, changed } = await terminal.replace(slots.map(wireChange), options.generation);
      // Proven by the session.
      const serial = terminal.secure?.serial;
      context.output.result({ port, serial, generation, changed }, () =>
        changed
          ? `The table of ${serial} is replaced. It is at generation ${generation}.`
          : `The table of ${serial} already was as the file says. Nothing changed.`,
      );
    });
}
