import type { Command } from 'commander';
import { applyPlan, type ApplyOutcome } from '../../fleet/apply.js';
import { readPlan } from '../../fleet/plan-file.js';
import { knownCards } from '../../fleet/proof.js';
import { CardJudge } from '../../cards/card-judge.js';
import type { Context } from '../context.js';
import { Exit, exitOf } from '../exit.js';
import { outcomeDocument, outcomeText } from '../outcome-view.js';

interface Options {
  readonly dryRun?: true;
  readonly cards?: string;
}

export function addApply(program: Command, context: Context): void {
  program
    .command('apply')
    .description('change many terminals to match a plan; slots that already match are left alone')
    .argument('<file>', 'the plan, YAML')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--cards <file>', 'card file to use instead of the one in the plan')
    .action(async (file: string, options: Options) => {
      const judge = new CardJudge();
      const plan = await readPlan(file, judge, options.cards);
      const master = await context.masterKey();
      const bar = context.output.progress(plan.terminals.length, 'terminals');
      context.defer(() => bar.stop());
      const outcomes = await applyPlan(plan, {
        connect: (port) => context.connect(port),
        master,
        known: knownCards(plan.cards, judge),
        dryRun: options.dryRun === true,
        onOutcome: () => bar.step(),
        signal: context.signal,
      });
      bar.stop();
      context.exit = exitOfOutcomes(outcomes);
      const dryRun = options.dryRun === true;
      context.output.result({ dryRun, terminals: outcomes.map(outcomeDocument) }, () =>
        outcomes.map((outcome) => outcomeText(outcome, dryRun ? 'would change' : 'changed')).join('\n'),
      );
    });
}

/** A terminal that refused counts more than one that could not be reached. */
export function exitOfOutcomes(outcomes: readonly ApplyOutcome[]): Exit {
  const exits = outcomes.flatMap(({ error }) => (error === undefined ? [] : [exitOf(error)]));
  if (exits.length === 0) return Exit.Done;
  return exits.every((exit) => exit === Exit.NoLink) ? Exit.NoLink : Exit.Refused;
}
