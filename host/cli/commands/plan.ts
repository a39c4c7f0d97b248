import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { counted } from '../../counted.js';
import { reasonOf, OctobindError } from '../../error.js';
import { LABEL } from '../../fleet/card-file.js';
import { findTargets } from '../../fleet/targets.js';
import { planFromCsv, planText, type WrittenTerminal } from '../../fleet/write-plan.js';
import type { Context } from '../context.js';
import { allTerminals } from '../discovery.js';
import { errorDocument } from '../output.js';
import { reach } from '../reach.js';

interface Options {
  readonly cards: string;
  readonly out?: string;
}

export function add(plan: Command, context: Context): void {
  const subcommand = (name: string, description: string): Command =>
    plan
      .command(name)
      .description(description)
      .option('--cards <file>', 'the card file that the plan names, relative to the plan', 'cards.yaml')
      .option('--out <file>', 'a new file for the plan (default: standard output)');
  subcommand('init', 'write a plan with the serial numbers of all terminals that are there').action(
    (options: Options) => init(options, context),
  );
  subcommand('import', 'write a plan from a table: CSV with the columns name, serial, port, slot1 to slot8')
    .argument('<csv>', 'its first line names the columns; a slot is card, card:settlement, empty or keep')
    .action(async (csv: string, options: Options) => {
      const terminals = await planFromCsv(csv);
      write(planText(options.cards, terminals), terminals, options, context);
    });
}

async function init(options: Options, context: Context): Promise<void> {
  const found = await findTargets(await allTerminals(context.options.dir), reach(context));
  const names = new Set<string>();
  const terminals = found.flatMap(({ name, serial, error }): WrittenTerminal[] => {
    if (error || serial === undefined) return [];
    return [{ name: freeName(name, names), serial, slots: {} }];
  });
  const silent = found.flatMap(({ port, error }) => (error ? [{ port, error: errorDocument(error) }] : []));
  for (const { port, error } of silent) context.output.event(`${port}: no terminal replied (${error.code})`);
  if (terminals.length === 0)
    throw new OctobindError('NO_TERMINAL', 'No terminal replied, so there is nothing to plan.');
  write(planText(options.cards, terminals), terminals, options, context);
}

/** The name of a port is not always good in a plan. */
function freeName(name: string, taken: Set<string>): string {
  for (let number = 1; ; number++) {
    const free = LABEL.test(name) && number === 1 ? name : `terminal-${number}`;
    if (taken.has(free)) continue;
    taken.add(free);
    return free;
  }
}

function write(text: string, terminals: readonly WrittenTerminal[], { out }: Options, { output }: Context): void {
  if (out === undefined) {
    output.result({ plan: text, terminals }, () => text);
    return;
  }
  try {
    writeFileSync(out, text, { flag: 'wx' });
  } catch (cause) {
    throw new OctobindError(
      'USAGE',
      `The plan ${out} cannot be created: ${reasonOf(cause)}. Choose another file; none is overwritten.`,
      { cause },
    );
  }
  output.result(
    { out, terminals },
    () => `${out} has ${counted(terminals.length, 'terminal')}. Add the cards of each slot.`,
  );
}
