import type { Command } from 'commander';
import { type Applied, applyPlan } from '../../fleet/apply.js';
import type { Plan } from '../../fleet/plan.js';
import { readPlan } from '../../fleet/plan-file.js';
import { knownCards } from '../../fleet/proof.js';
import { CardJudge } from '../../cards/card-judge.js';
import type { Context } from '../context.js';
import { addPlanOptions, type BulkOptions, narrow } from '../fleet.js';
import { runAndShow, type View } from '../fleet-view.js';
import { outcomeDocument, outcomeText } from '../outcome-view.js';

interface Options extends BulkOptions {
  readonly dryRun?: true;
  readonly cards?: string;
}

export function add(command: Command, context: Context): void {
  command
    .argument('<plan>', 'the plan, YAML')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--cards <file>', 'card file to use instead of the one in the plan');
  addPlanOptions(command).action(async (file: string, options: Options) => {
    const dryRun = options.dryRun === true;
    await runPlan(
      file,
      options,
      context,
      {
        verdict: (outcome) => (isAsPlanned(outcome) ? 'unchanged' : dryRun ? 'different' : 'changed'),
        text: (outcomes) =>
          outcomes.map((outcome) => outcomeText(outcome, dryRun ? 'would change' : 'changed')).join('\n'),
        document: outcomeDocument,
        overall: () => ({ dryRun }),
      },
      dryRun,
    );
  });
}

/** Nothing of the plan differed when the terminal was first read. */
export function isAsPlanned({ changes, policy }: Applied): boolean {
  return changes.length === 0 && (policy === undefined || policy === 'unchanged');
}

/** Applies a plan, or compares terminals with it. */
export async function runPlan(
  file: string,
  options: BulkOptions & { readonly cards?: string },
  context: Context,
  view: View<Applied>,
  dryRun: boolean,
): Promise<void> {
  const judge = new CardJudge();
  const whole = await readPlan(file, judge, options.cards);
  const plan: Plan = { ...whole, terminals: await narrow(whole.terminals, options, context) };
  const master = await context.masterKey();
  const known = knownCards(plan.cards, judge);
  await runAndShow({ wanted: plan.terminals, many: true }, options, context, view, (fleet) =>
    applyPlan(plan, { ...fleet, master, known, dryRun }),
  );
}
