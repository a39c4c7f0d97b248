import type { Command } from 'commander';
import { onTerminals } from '../../fleet/on-terminals.js';
import { claimedSerial } from '../../fleet/targets.js';
import type { Context } from '../context.js';
import { addBulkOptions, type BulkOptions, select } from '../fleet.js';
import { runAndShow, titleOf } from '../fleet-view.js';

interface Restarted {
  /** From the request until the terminal replied again. */
  readonly ms?: number;
}

export function add(command: Command, context: Context): void {
  addBulkOptions(command).action(async (plan: string | undefined, options: BulkOptions) => {
    const { wanted, many } = await select(plan, options, context);
    await runAndShow<Restarted>(
      { wanted, many },
      options,
      context,
      {
        verdict: () => 'restarted',
        text: (outcomes) =>
          outcomes
            .map((one) => {
              const seconds = ((one.ms ?? 0) / 1000).toFixed(1);
              const title = many ? titleOf(one) : one.serial;
              return `${title}: restarted, and replies again after ${seconds} s.`;
            })
            .join('\n'),
        document: ({ ms }) => ({ ms }),
      },
      (fleet) =>
        onTerminals<Restarted>(wanted, context.terminalKey, {}, fleet, async (terminal, at, note) => {
          note({ serial: await claimedSerial(terminal, at) });
          const began = performance.now();
          await terminal.reset();
          note({ ms: Math.round(performance.now() - began) });
        }),
    );
  });
}
