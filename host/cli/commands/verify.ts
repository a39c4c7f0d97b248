import type { Command } from 'commander';
import { OctobindError } from '../../error.js';
import { applyPlan } from '../../fleet/apply.js';
import { readCards } from '../../fleet/cards.js';
import { readPlan } from '../../fleet/plan.js';
import { knownCards, survey, type Holding } from '../../fleet/proof.js';
import { CardJudge } from '../../firmware.js';
import type { Context } from '../context.js';
import { Exit } from '../exit.js';
import { holdingDocument, holdingText, outcomeDocument, outcomeText } from '../fleet-view.js';
import { table } from '../output.js';
import { exitOfOutcomes } from './apply.js';

interface Options {
  readonly key?: string;
  readonly cards?: string;
}

export function addVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .description('have terminals prove what they hold, over a fresh nonce; exit code 1 where it is something else')
    .argument('[plan]', 'verify every terminal of this plan; without it, one terminal against --cards')
    .option('--cards <file>', 'card file; with a plan, instead of the one that it names')
    .option('--key <file>', "master key of the terminals' verify keys; without it, master.key in --dir")
    .action(async (plan: string | undefined, options: Options) => {
      if (plan !== undefined && context.options.port !== undefined) {
        throw new OctobindError('USAGE', 'The plan names the ports of its terminals. Leave --port out.');
      }
      if (plan !== undefined) await verifyPlan(plan, options, context);
      else if (options.cards !== undefined) await verifyTerminal(options.cards, options, context);
      else
        throw new OctobindError(
          'USAGE',
          'There is nothing to verify against. Give a plan, or a card file with --cards.',
        );
    });
}

async function verifyPlan(file: string, options: Options, context: Context): Promise<void> {
  const judge = new CardJudge();
  const plan = await readPlan(file, judge, options.cards);
  const outcomes = await applyPlan(plan, {
    connect: (port) => context.connect(port),
    master: await context.masterKey(options.key),
    known: knownCards(plan.cards, judge),
    dryRun: true,
    signal: context.signal,
  });
  const verified = outcomes.every(({ changes, error }) => changes.length === 0 && error === undefined);
  context.exit = verified ? Exit.Done : exitOfOutcomes(outcomes) || Exit.Refused;
  context.output.result({ verified, terminals: outcomes.map(outcomeDocument) }, () =>
    outcomes.map((outcome) => outcomeText(outcome, 'not as planned')).join('\n'),
  );
}

async function verifyTerminal(cards: string, options: Options, context: Context): Promise<void> {
  const known = knownCards(await readCards(cards), new CardJudge());
  const master = await context.masterKey(options.key);
  const { terminal, port } = await context.terminal();
  const { serial, generation, slots } = await survey(terminal, master, known);
  const verified = slots.every(isKnown);
  if (!verified) context.exit = Exit.Refused;
  const documents = slots.map((holding, index) => ({ slot: index + 1, ...holdingDocument(holding) }));
  context.output.result({ port, serial, generation, verified, slots: documents }, () => {
    const rows = slots.map((holding, index) => [String(index + 1), holding === 'empty' ? '' : holdingText(holding)]);
    return `${table(['slot', 'proven'], rows)}\n${serial}, generation ${generation}`;
  });
}

function isKnown(holding: Holding): boolean {
  return holding === 'empty' || (holding !== 'damaged' && holding.card !== undefined);
}
