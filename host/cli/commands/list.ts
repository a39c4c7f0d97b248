import type { Command } from 'commander';
import type { CardTable } from '../../terminal/card-table.js';
import { onTerminals } from '../../fleet/on-terminals.js';
import type { Context } from '../context.js';
import { addBulkOptions, type BulkOptions, select } from '../fleet.js';
import { runAndShow, titleOf } from '../fleet-view.js';
import { stateName } from '../names.js';
import { cardTableText, slotDocuments } from '../table-view.js';

interface Listed {
  readonly table?: CardTable;
}

export function add(command: Command, context: Context): void {
  addBulkOptions(command).action(async (plan: string | undefined, options: BulkOptions) => {
    const selection = await select(plan, options, context);
    await runAndShow<Listed>(
      selection,
      options,
      context,
      {
        verdict: () => 'listed',
        text: (outcomes) =>
          outcomes
            .map((outcome) => (selection.many ? `${titleOf(outcome)}\n${listText(outcome)}` : listText(outcome)))
            .join('\n\n'),
        document: listDocument,
      },
      (fleet) =>
        onTerminals<Listed>(selection.wanted, context.terminalKey, {}, fleet, async (terminal, _, note) => {
          const table = await terminal.list();
          note({ serial: terminal.secure?.serial, table });
        }),
    );
  });
}

const listText = ({ table }: Listed): string => (table ? cardTableText(table) : '');

function listDocument({ table }: Listed): object {
  if (!table) return {};
  const { generation, state, most, policy } = table;
  return {
    generation,
    state: stateName(state),
    most,
    policy: policy === undefined ? undefined : stateName(policy),
    slots: slotDocuments(table),
  };
}
