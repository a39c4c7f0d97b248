import type { Command } from 'commander';
import { runningTerminals } from '../../sim/running.js';
import { OctobindError } from '../../error.js';
import { applyPlan } from '../../fleet/apply.js';
import { readCards } from '../../fleet/card-file.js';
import { readPlan } from '../../fleet/plan-file.js';
import { knownCards } from '../../fleet/proof.js';
import { proveCards, type CardsProof } from '../../fleet/prove-cards.js';
import { CardJudge } from '../../cards/card-judge.js';
import type { Context } from '../context.js';
import { Exit, exitOf } from '../exit.js';
import { slotProofDocument, slotProofText, outcomeDocument, outcomeText } from '../outcome-view.js';
import { errorDocument, paint } from '../output.js';
import { table } from '../table.js';
import { exitOfOutcomes } from './apply.js';

interface Options {
  readonly against?: string;
  readonly cards?: string;
}

export function addVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .description('make terminals prove what they hold, over a fresh nonce; exit code 1 if they hold something else')
    .argument('[what...]', 'a plan, to verify its terminals; with --against, the ports of terminals')
    .option(
      '--against <file>',
      'card file: prove that each terminal holds every card in it, and no other (default: --port, or all terminals emulated in --dir)',
    )
    .option('--cards <file>', 'with a plan: card file to use instead of the one in the plan')
    .action(async (what: string[], { against, cards }: Options) => {
      if (against !== undefined && cards !== undefined) {
        throw new OctobindError('USAGE', 'There are two card files. Give either --against, or a plan with --cards.');
      }
      if (against !== undefined) return verifyAgainst(against, what, context);
      const [plan, ...others] = what;
      if (plan === undefined || others.length > 0) {
        throw new OctobindError(
          'USAGE',
          'There is nothing to verify against. Give one plan, or a card file with --against.',
        );
      }
      if (context.options.port !== undefined) {
        throw new OctobindError('USAGE', 'The plan names the ports of its terminals. Leave --port out.');
      }
      return verifyPlan(plan, cards, context);
    });
}

async function verifyPlan(file: string, cards: string | undefined, context: Context): Promise<void> {
  const judge = new CardJudge();
  const plan = await readPlan(file, judge, cards);
  const outcomes = await applyPlan(plan, {
    connect: (port) => context.connect(port),
    master: await context.masterKey(),
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

async function verifyAgainst(file: string, ports: readonly string[], context: Context): Promise<void> {
  const cards = await readCards(file);
  const master = await context.masterKey();
  const chosen = await portsToProve(ports, context);
  const bar = context.output.progress(chosen.length, 'terminals');
  const proofs = await proveCards(cards, chosen, {
    connect: (port) => context.connect(port),
    master,
    onProof: () => bar.step(),
    signal: context.signal,
  }).finally(() => bar.stop());
  const verified = proofs.every((proof) => proof.verified);
  if (!verified) context.exit = exitOfProofs(proofs);
  context.output.result({ verified, terminals: proofs.map(proofDocument) }, () =>
    table(
      ['terminal', 'slots', ''],
      proofs.map((outcome) => [outcome.proof?.serial ?? outcome.port, slotsText(outcome), verdictText(outcome)]),
    ),
  );
}

/**
 * The ports in the arguments, or else --port, or else all emulated ones, or else the only port
 * there is.
 */
async function portsToProve(ports: readonly string[], context: Context): Promise<readonly string[]> {
  const { port, dir } = context.options;
  if (port !== undefined && ports.length > 0) {
    throw new OctobindError('USAGE', 'Ports are given twice. Leave --port out.');
  }
  if (ports.length > 0) return ports;
  if (port !== undefined) return [port];
  const running = await runningTerminals(dir);
  return running.length > 0 ? running.map((terminal) => terminal.port) : [(await context.terminal()).port];
}

/** A terminal that holds something else counts more than one that could not be reached. */
function exitOfProofs(proofs: readonly CardsProof[]): Exit {
  const exits = proofs.filter(({ verified }) => !verified).map(({ error }) => (error ? exitOf(error) : Exit.Refused));
  return exits.every((exit) => exit === exits[0]) ? (exits[0] ?? Exit.Done) : Exit.Refused;
}

function proofDocument({ port, proof, missing, verified, error }: CardsProof): object {
  if (!proof) return { port, verified, error: errorDocument(error) };
  const { serial, generation, slots } = proof;
  const documents = slots.map((held, index) => ({ slot: index + 1, ...slotProofDocument(held) }));
  return { port, serial, generation, verified, missing, slots: documents };
}

function slotsText({ proof }: CardsProof): string {
  const bound = proof?.slots.flatMap((held, index) =>
    held === 'empty' ? [] : [`${index + 1} ${slotProofText(held)}`],
  );
  return bound?.join('\n') ?? '';
}

function verdictText({ verified, missing, error }: CardsProof): string {
  if (error) return errorDocument(error).message;
  if (verified) return paint('proven', 'green');
  return missing.length > 0 ? `missing: ${missing.join(', ')}` : paint('holds something else', 'yellow');
}
