import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Refusal, Size } from '../../assembly/protocol.js';
import { counted } from '../counted.js';
import { OctobindError } from '../error.js';
import { CardJudge } from '../cards/card-judge.js';
import { applyPlan, type ApplyOutcome } from '../fleet/apply.js';
import type { Plan } from '../fleet/plan.js';
import { readPlan } from '../fleet/plan-file.js';
import { knownCards } from '../fleet/proof.js';
import { refusalSentence } from '../refusals.js';
import type { CardTable } from '../terminal/card-table.js';
import type { Terminal } from '../terminal/terminal.js';
import { startTerminals, type StartedTerminals } from '../sim/start-terminals.js';
import type { Context } from './context.js';
import { terminalText, troubles } from './commands/sim.js';
import { isVirgin, loadNew } from './load-new.js';
import { paint } from './output.js';
import { manyTablesText } from './table-view.js';
import { connect, reach } from './reach.js';

const EXAMPLES = join(dirname(createRequire(import.meta.url).resolve('octobind/package.json')), 'examples');
/** A card of `examples/test-cards.yaml` that the plan does not use. */
const NINTH = 'discover';

/**
 * Shows the main job on three emulated terminals: binds a shop's cards, tries a ninth card, cuts
 * the power, and proves that nothing was lost. Fails if anything else happens.
 */
export async function runDemo(context: Context, once: boolean): Promise<void> {
  const { output } = context;
  const judge = new CardJudge();
  const examples = await readPlan(join(EXAMPLES, 'shop.yaml'), judge);
  const started = await startTerminals({
    count: examples.terminals.length,
    dir: context.options.dir,
    signal: context.signal,
    ...troubles(context),
  });
  context.defer(() => started.close());
  await loadNew(started.terminals, isVirgin, context);
  const plan = atPortsOf(started, examples);
  output.say(`${plan.terminals.length} emulated terminals are on. Applying examples/shop.yaml.`);

  const outcomes = await apply(plan, judge, context, false);
  const bound = outcomes.reduce((sum, { changes }) => sum + changes.length, 0);
  output.say(bound === 0 ? 'Every slot was as planned: nothing changed.' : `${counted(bound, 'slot')} changed.`);

  const terminals = plan.terminals.map(({ name, port }) => ({ name, terminal: connect(context, port) }));
  const nonce = randomBytes(Size.NonceMax);
  const before = await Promise.all(terminals.map((entry) => snapshot(entry, nonce)));
  output.say(manyTablesText(before));

  const reason = await tryNinthCard(plan, terminals, context);

  started.powerOff();
  output.say('Power is cut on all of them. Booting again.');
  started.powerOn();
  const after = await Promise.all(terminals.map((entry) => snapshot(entry, nonce)));
  // A port has one user at a time, so release the ports for the proof and for other programs.
  await Promise.all(terminals.map(({ terminal }) => terminal.close()));
  const proven = await apply(plan, judge, context, true);
  const verified =
    JSON.stringify(after) === JSON.stringify(before) && proven.every(({ changes }) => changes.length === 0);
  if (!verified) {
    throw new OctobindError(
      'TERMINAL_FAILED',
      'A table was changed by the ninth card or by the power cut. Keep the flash images and report this.',
    );
  }
  output.result({ terminals: terminals.length, bound, refused: [{ reason }], verified }, () =>
    paint('Every table is as it was: proven slot by slot, over a fresh nonce.', 'green'),
  );
  if (once) return;
  output.say(
    `\nThe terminals stay on until Ctrl-C. Try these commands in another shell:\n${started.terminals.map((terminal) => terminalText(terminal, context.keysDir)).join('\n')}`,
  );
  await context.interrupted();
}

/** Adds the ports of started terminals to a plan, which names serial numbers. */
function atPortsOf(started: StartedTerminals, plan: Plan) {
  const ports = new Map(started.terminals.map(({ name, port }) => [name, port]));
  return {
    ...plan,
    terminals: plan.terminals.map((planned) => ({ ...planned, port: ports.get(planned.name) ?? '' })),
  };
}

async function apply(plan: Plan, judge: CardJudge, context: Context, dryRun: boolean): Promise<ApplyOutcome[]> {
  const bar = context.output.progress(plan.terminals.length, 'terminals');
  const outcomes = await applyPlan(plan, {
    ...reach(context),
    master: await context.masterKey(),
    known: knownCards(plan.cards, judge),
    dryRun,
    onOutcome: () => bar.step(),
  }).finally(() => bar.stop());
  const failed = outcomes.find(({ error }) => error !== undefined);
  if (failed?.error) throw failed.error;
  return outcomes;
}

interface Snapshot {
  readonly name: string;
  readonly table: CardTable;
  readonly macs: readonly (string | null)[];
}

/**
 * Under one nonce, MACs are equal only if records are. So cards that the plan does not know are
 * compared too.
 */
async function snapshot(
  { name, terminal }: { name: string; terminal: Terminal },
  nonce: Uint8Array,
): Promise<Snapshot> {
  const table = await terminal.list();
  const { macs } = await terminal.verify(nonce);
  return { name, table, macs: macs.map((mac) => (mac === null ? null : Buffer.from(mac).toString('hex'))) };
}

/** Tries to bind one more card in a full terminal. Returns why it was refused. */
async function tryNinthCard(
  plan: Plan,
  terminals: readonly { name: string; terminal: Terminal }[],
  { output }: Context,
): Promise<string> {
  const full = plan.terminals.findIndex(({ slots }) => slots.every((slot) => typeof slot === 'object'));
  const target = terminals[full];
  const card = plan.cards.get(NINTH);
  if (target === undefined || card === undefined) {
    throw new OctobindError(
      'PLAN_INVALID',
      `The example plan fills no terminal, or its card file has no card labelled ${NINTH}. Restore examples/.`,
    );
  }
  try {
    await target.terminal.bind(card);
  } catch (error) {
    if (!(error instanceof OctobindError) || error.refusal !== Refusal.TableFull) throw error;
    const reason = refusalSentence(error.refusal);
    output.say(`A ninth card on ${target.name}: ${paint('refused', 'yellow')}. ${reason}`);
    return reason;
  }
  throw new OctobindError(
    'TERMINAL_FAILED',
    `${target.name} was full, but bound a ninth card. Keep its flash image and report this.`,
  );
}
