import type { Command } from 'commander';
import { wireChange } from '../../fleet/apply.js';
import { readTable } from '../../fleet/plan-file.js';
import { CardJudge } from '../../cards/card-judge.js';
import type { Context } from '../context.js';
import { generationOption } from '../options.js';

export function addReplace(program: Command, context: Context): void {
  program
    .command('replace')
    .description('give all eight slots at once, in one atomic change')
    .argument('<file>', 'YAML: slots by number, each the label of a card, empty or keep; slots not named are emptied')
    .option('--cards <file>', 'card file, instead of the one that FILE names')
    .addOption(generationOption())
    .action(async (file: string, options: { cards?: string; generation?: number }) => {
      const { slots } = await readTable(file, new CardJudge(), options.cards);
      const { terminal, port } = await context.terminal();
      const { generation, changed } = await terminal.replace(slots.map(wireChange), options.generation);
      context.output.result({ port, generation, changed }, () =>
        changed
          ? `The table is replaced. It is at generation ${generation}.`
          : 'The table was as the file says. Nothing changed.',
      );
    });
}
