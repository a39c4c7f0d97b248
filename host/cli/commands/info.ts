import type { Command } from 'commander';
import { claimedSerial } from '../../fleet/targets.js';
import { onTerminals } from '../../fleet/on-terminals.js';
import { OctobindError } from '../../error.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { Context } from '../context.js';
import { addBulkOptions, type BulkOptions, select } from '../fleet.js';
import { runAndShow } from '../fleet-view.js';
import { infoText, type Info, manyInfosText, type Stats } from '../info-view.js';

interface Options extends BulkOptions {
  readonly selfTest?: true;
}

export function add(command: Command, context: Context): void {
  command.option('--self-test', 'also make them test their cryptography with published vectors');
  addBulkOptions(command).action(async (plan: string | undefined, options: Options) => {
    const selection = await select(plan, options, context);
    await runAndShow<Info>(
      selection,
      options,
      context,
      {
        verdict: ({ failed = 0 }) => (failed === 0 ? 'read' : 'defective'),
        isGood: ({ failed = 0 }) => failed === 0,
        text: (outcomes) => (selection.many ? manyInfosText(outcomes) : outcomes.map(infoText).join('\n')),
        document: ({ info, params, groups, stats, failed }) => ({ info, params, groups, stats, failed }),
      },
      (fleet) =>
        onTerminals<Info>(selection.wanted, context.terminalKey, {}, fleet, async (terminal, at, note) => {
          note({ serial: await claimedSerial(terminal, at) });
          note(await read(terminal, options.selfTest === true));
        }),
    );
  });
}

async function read(terminal: Terminal, selfTest: boolean): Promise<Info> {
  const info = await terminal.info().catch(unlessUnsupported);
  const params = await terminal.params();
  const stats: Stats = {};
  for (const group of await terminal.statGroups()) stats[group] = await terminal.stats(group);
  return {
    info,
    params,
    groups: await terminal.groups().catch(unlessUnsupported),
    stats,
    ...(selfTest && { failed: await terminal.selfTest() }),
  };
}

/** What an older terminal cannot tell; it has the rest to show. */
export function unlessUnsupported(error: unknown): undefined {
  if (!(error instanceof OctobindError && error.code === 'UNSUPPORTED')) throw error;
}
