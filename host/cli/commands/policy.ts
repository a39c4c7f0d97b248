import type { Command } from 'commander';
import { CardJudge } from '../../cards/card-judge.js';
import { onTerminals } from '../../fleet/on-terminals.js';
import { readPolicy } from '../../fleet/policy-file.js';
import type { Change, HeldPolicy } from '../../terminal/card-table.js';
import type { Context } from '../context.js';
import { addBulkOptions, type BulkOptions, select } from '../fleet.js';
import { runAndShow, titleOf } from '../fleet-view.js';
import { heldDocument, heldText } from '../policy-view.js';

interface Shown {
  readonly held?: HeldPolicy;
}

interface Set {
  readonly change?: Change;
}

export function add(policy: Command, context: Context): void {
  addBulkOptions(policy.command('show', { isDefault: true }).description('show the policy that terminals hold')).action(
    (plan: string | undefined, options: BulkOptions) => show(plan, options, context),
  );
  addBulkOptions(
    policy
      .command('set')
      .description('set the policy of terminals')
      .argument('<file>', 'the policy, YAML: docs/PROTOCOL.md, "Policy", and README.md have an example'),
  ).action((file: string, plan: string | undefined, options: BulkOptions) => set(file, plan, options, context));
}

async function show(plan: string | undefined, options: BulkOptions, context: Context): Promise<void> {
  const selection = await select(plan, options, context);
  await runAndShow<Shown>(
    selection,
    options,
    context,
    {
      verdict: () => 'shown',
      text: (outcomes) =>
        outcomes
          .map((outcome) => {
            const text = outcome.held ? heldText(outcome.held) : '';
            return selection.many ? `${titleOf(outcome)}\n${text}` : text;
          })
          .join('\n\n'),
      document: ({ held }) => (held ? heldDocument(held) : {}),
    },
    (fleet) =>
      onTerminals<Shown>(selection.wanted, context.terminalKey, {}, fleet, async (terminal, _, note) => {
        const held = await terminal.policy();
        note({ serial: terminal.secure?.serial, held });
      }),
  );
}

async function set(file: string, plan: string | undefined, options: BulkOptions, context: Context): Promise<void> {
  const { policy } = await readPolicy(file, new CardJudge());
  const selection = await select(plan, options, context);
  await runAndShow<Set>(
    selection,
    options,
    context,
    {
      verdict: ({ change }) => (change?.changed === true ? 'changed' : 'unchanged'),
      text: (outcomes) =>
        outcomes
          .map((outcome) => {
            const title = selection.many ? `${titleOf(outcome)}: ` : '';
            const what = outcome.change?.changed === true ? 'The policy is set' : 'The policy was set already';
            return `${title}${what}. It is at generation ${outcome.change?.generation}.`;
          })
          .join('\n'),
      document: ({ change }) => ({ ...change }),
    },
    (fleet) =>
      onTerminals<Set>(selection.wanted, context.terminalKey, {}, fleet, async (terminal, _, note) => {
        const change = await terminal.setPolicy(policy);
        note({ serial: terminal.secure?.serial, change });
      }),
  );
}
