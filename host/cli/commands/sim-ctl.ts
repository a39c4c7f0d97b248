import { Argument, type Command } from 'commander';
import { controlTerminal } from '../../sim/control-client.js';
import { ACTIONS, type ControlAction, type ControlReply } from '../../sim/control-protocol.js';
import type { Context } from '../context.js';
import { whole } from '../options.js';

/** No flash has a larger sector. */
const MOST_BYTES = 65_536;

export function addSimCtl(sim: Command, context: Context): void {
  sim
    .command('ctl')
    .description('act on a terminal that a running `sim` emulates: on its power, its line, its case')
    .argument('<terminal>', 'its name or its serial number in `octobind ports`')
    .addArgument(new Argument('<action>', 'what happens to it').choices(ACTIONS))
    .option(
      '--bytes <n>',
      'with power-cut: cut it in the next program or erase of flash, after its first n bytes (default: now)',
      whole(0, MOST_BYTES),
    )
    .action(async (name: string, action: ControlAction, { bytes }: { readonly bytes?: number }) => {
      const request = { action, ...(bytes !== undefined && { bytes }) };
      const reply = await controlTerminal(context.options.dir, name, request, context.signal);
      context.output.result(reply, () => replyText(reply, bytes));
    });
}

/** What an action did, or that it was so before. */
const TEXTS: Record<ControlAction, readonly [done: string, before: string]> = {
  'power-cut': ['lost its power, and has it again', 'was off: there was no power to cut'],
  'power-off': ['is off', 'was off already'],
  'power-on': ['is on', 'was on already'],
  unplug: ['is unplugged', 'was unplugged already'],
  plug: ['is plugged in', 'was plugged in already'],
  tamper: ['was opened: its keys and its cards are gone', 'was opened before: its keys and its cards were gone'],
};

/** A reply for people. */
export function replyText({ terminal, action, changed }: ControlReply, bytes?: number): string {
  const [done, before] = TEXTS[action];
  if (bytes === undefined) return `${terminal} ${changed ? done : before}.`;
  return `${terminal} will lose its power in its next program or erase of flash, after ${bytes} bytes.`;
}
