import type { Command } from 'commander';
import { onTerminals, type Outcome } from '../../fleet/on-terminals.js';
import { claimedSerial } from '../../fleet/targets.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { Context } from '../context.js';
import { differenceText } from '../difference.js';
import { addBulkOptions, type BulkOptions, select } from '../fleet.js';
import { runAndShow } from '../fleet-view.js';
import { table } from '../table.js';

interface Clock {
  readonly time?: Date;
  /** Milliseconds that the terminal's clock is ahead of this machine's. */
  readonly aheadMs?: number;
}

export function add(clock: Command, context: Context): void {
  addBulkOptions(
    clock
      .command('show', { isDefault: true })
      .description("show terminals' clocks, and their difference from this machine's"),
  ).action((plan: string | undefined, options: BulkOptions) =>
    showClocks(plan, options, context, 'read', () => Promise.resolve()),
  );
  addBulkOptions(
    clock.command('set').description("set terminals' clocks to this machine's, in UTC, then show them"),
  ).action((plan: string | undefined, options: BulkOptions) =>
    showClocks(plan, options, context, 'set', (terminal) => terminal.setDatetime(new Date())),
  );
}

async function showClocks(
  plan: string | undefined,
  options: BulkOptions,
  context: Context,
  verdict: string,
  prepare: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const { wanted, many } = await select(plan, options, context);
  await runAndShow<Clock>(
    { wanted, many },
    options,
    context,
    {
      verdict: () => verdict,
      text: (outcomes) =>
        table(['terminal', 'serial number', 'clock, UTC', "from this machine's"], outcomes.map(clockRow)),
      document: ({ time, aheadMs }) => ({ time, aheadMs }),
    },
    (fleet) =>
      onTerminals<Clock>(wanted, context.terminalKey, {}, fleet, async (terminal, at, note) => {
        note({ serial: await claimedSerial(terminal, at) });
        await prepare(terminal);
        const before = Date.now();
        const time = await terminal.datetime();
        // The terminal read its clock somewhere between the two.
        const now = (before + Date.now()) / 2;
        note({ time, aheadMs: Math.round(time.getTime() - now) });
      }),
  );
}

function clockRow({ name, serial = '', time, aheadMs = 0 }: Outcome<Clock>): string[] {
  const shown = time?.toISOString().replace('T', ' ').slice(0, 19) ?? '';
  return [name, serial, shown, differenceText(aheadMs)];
}
