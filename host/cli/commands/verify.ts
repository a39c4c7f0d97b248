import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { OctobindError } from '../../error.js';
import { readCards } from '../../fleet/card-file.js';
import type { Applied } from '../../fleet/apply.js';
import type { Outcome } from '../../fleet/on-terminals.js';
import { proveCards, type CardsProof } from '../../fleet/prove-cards.js';
import { runningTerminals } from '../../sim/running.js';
import type { Context } from '../context.js';
import { terminalNamed, wantedAt } from '../discovery.js';
import { addPlanOptions, type BulkOptions, narrow, select, type Selection } from '../fleet.js';
import { runAndShow, titleOf } from '../fleet-view.js';
import { outcomeDocument, outcomeText, slotProofDocument, slotProofText } from '../outcome-view.js';
import { paint } from '../output.js';
import { table } from '../table.js';
import { isAsPlanned, runPlan } from './apply.js';

interface Options extends BulkOptions {
  readonly against?: string;
  readonly cards?: string;
}

export function add(command: Command, context: Context): void {
  command
    .argument('[what...]', 'a plan, to verify its terminals; with --against also terminals, as --port takes them')
    .option(
      '--against <file>',
      'card file: prove that each terminal holds every card in it, and no other (default: --port, or all terminals emulated in --dir)',
    )
    .option('--cards <file>', 'with a plan: card file to use instead of the one in the plan')
    .option('--all', 'with --against: every terminal that `octobind ports` lists');
  addPlanOptions(command).action(async (what: string[], options: Options) => {
    const { against, cards } = options;
    if (against !== undefined && cards !== undefined) {
      throw new OctobindError('USAGE', 'There are two card files. Give either --against, or a plan with --cards.');
    }
    if (against !== undefined) return verifyAgainst(against, what, options, context);
    const [plan, ...others] = what;
    if (plan === undefined || others.length > 0) {
      throw new OctobindError(
        'USAGE',
        'There is nothing to verify against. Give one plan, or a card file with --against.',
      );
    }
    if (context.options.port !== undefined || options.all) {
      throw new OctobindError('USAGE', 'The plan names its terminals. Leave --port and --all out.');
    }
    return verifyPlan(plan, options, context);
  });
}

function verifyPlan(file: string, options: Options, context: Context): Promise<void> {
  const isGood = (outcome: Outcome<Applied>): boolean => isAsPlanned(outcome) && outcome.error === undefined;
  return runPlan(
    file,
    options,
    context,
    {
      verdict: (outcome) => (isGood(outcome) ? 'proven' : 'different'),
      isGood,
      text: (outcomes) => outcomes.map((outcome) => outcomeText(outcome, 'not as planned')).join('\n'),
      document: outcomeDocument,
      overall: (outcomes) => ({ verified: outcomes.every(isGood) }),
    },
    true,
  );
}

async function verifyAgainst(file: string, what: readonly string[], options: Options, context: Context): Promise<void> {
  const cards = await readCards(file);
  const master = await context.masterKey();
  const { wanted } = await terminalsToProve(what, options, context);
  await runAndShow<CardsProof>(
    { wanted, many: true },
    options,
    context,
    {
      verdict: ({ verified }) => (verified ? 'proven' : 'different'),
      isGood: ({ verified }) => verified,
      text: (outcomes) =>
        table(
          ['terminal', 'slots', ''],
          outcomes.map((outcome) => [titleOf(outcome), slotsText(outcome), verdictText(outcome)]),
        ),
      document: proofDocument,
      overall: (outcomes) => ({ verified: outcomes.every(({ verified }) => verified) }),
    },
    (fleet) => proveCards(cards, wanted, { ...fleet, master }),
  );
}

/**
 * The terminals of a plan, or those that the arguments name, or --all, or --port; or else all
 * emulated ones, or else the only one there is.
 */
async function terminalsToProve(what: readonly string[], options: Options, context: Context): Promise<Selection> {
  const { port, dir } = context.options;
  const [plan, ...others] = what;
  if (plan === undefined) {
    const running = await runningTerminals(dir);
    if (options.all || port !== undefined || running.length === 0) return select(undefined, options, context);
    const wanted = running.map((terminal) => wantedAt({ ...terminal, kind: 'emulated' }));
    return { wanted: await narrow(wanted, options, context), many: true };
  }
  if (others.length === 0 && isFile(plan)) return select(plan, options, context);
  if (port !== undefined || options.all) {
    throw new OctobindError('USAGE', 'Terminals are named twice. Leave --port and --all out.');
  }
  const wanted = await Promise.all(what.map((text) => terminalNamed(text, dir)));
  return { wanted: await narrow(wanted, options, context), many: true };
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

function proofDocument({ proof, missing, verified }: CardsProof): object {
  if (!proof) return { verified };
  const slots = proof.slots.map((held, index) => ({ slot: index + 1, ...slotProofDocument(held) }));
  return { generation: proof.generation, verified, missing, slots };
}

function slotsText({ proof }: CardsProof): string {
  const bound = proof?.slots.flatMap((held, index) =>
    held === 'empty' ? [] : [`${index + 1} ${slotProofText(held)}`],
  );
  return bound?.join('\n') ?? '';
}

function verdictText({ verified, missing }: Outcome<CardsProof>): string {
  if (verified) return paint('proven', 'green');
  return missing.length > 0 ? `missing: ${missing.join(', ')}` : paint('holds something else', 'yellow');
}
