import type { Command } from 'commander';
import { OctobindError } from '../../error.js';
import { readCards, type CardEntry } from '../../fleet/card-file.js';
import { CardJudge } from '../../cards/card-judge.js';
import type { Context } from '../context.js';
import { readCard, readName } from '../input.js';
import { generationOption, roleOf, roleOption, slotNumber } from '../options.js';
import { chosenTerminal } from '../reach.js';

interface Options {
  readonly name?: string;
  readonly slot?: number;
  readonly role: string;
  readonly card?: string;
  readonly cards?: string;
  readonly generation?: number;
}

export function add(command: Command, context: Context): void {
  command
    .option('--name <name>', "the holder's name, as it is printed on the card")
    .addOption(roleOption())
    .option('--slot <n>', 'slot, 1 to 8 (default: the first empty one)', slotNumber)
    .option('--card <label>', 'bind the card with this label in --cards')
    .option('--cards <file>', 'card file, with mode 0600')
    .addOption(generationOption())
    .action(async (options: Options) => {
      const card = await cardOf(options, context);
      const { terminal, port } = await chosenTerminal(context);
      const { generation, slot, changed } = await terminal.bind(
        { ...card, role: roleOf(options.role), ...(options.slot !== undefined && { slot: options.slot }) },
        options.generation,
      );
      context.output.result({ port, generation, slot, changed }, () => {
        const masked = new CardJudge().mask(card.pan);
        return changed
          ? `Bound ${masked} in slot ${slot}. The table is at generation ${generation}.`
          : `${masked} is already bound in slot ${slot}. Nothing changed.`;
      });
    });
}

async function cardOf(options: Options, { signal }: Context): Promise<CardEntry> {
  if ((options.card === undefined) !== (options.cards === undefined)) {
    throw new OctobindError('USAGE', 'To bind a card of a card file, give both --card LABEL and --cards FILE.');
  }
  if (options.card !== undefined && options.cards !== undefined) {
    if (options.name !== undefined) {
      throw new OctobindError('USAGE', "The holder's name comes from the card file: leave --name out.");
    }
    const card = (await readCards(options.cards)).get(options.card);
    if (card === undefined) {
      throw new OctobindError('USAGE', `${options.cards} has no card labelled ${options.card}. Check the label.`);
    }
    return card;
  }
  const { pan, name } = await readCard(signal);
  if (name !== undefined && options.name !== undefined) {
    throw new OctobindError(
      'USAGE',
      "The holder's name is given twice, by --name and on standard input. Give it once.",
    );
  }
  return { pan, name: options.name ?? name ?? (await readName(signal)) };
}
