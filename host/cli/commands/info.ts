import type { Command } from 'commander';
import { claimedSerial } from '../../fleet/targets.js';
import { onTerminals, type Outcome } from '../../fleet/on-terminals.js';
import { OctobindError } from '../../error.js';
import type { Terminal } from '../../terminal/terminal.js';
import type { Context } from '../context.js';
import { addBulkOptions, type BulkOptions, select } from '../fleet.js';
import { runAndShow } from '../fleet-view.js';
import { groupName, resetName, stateName } from '../names.js';
import { table } from '../table.js';

type Stats = Record<string, Record<string, number>>;

interface Info {
  readonly info?: string;
  readonly params?: { readonly bufSize: number; readonly bufCount: number };
  readonly stats?: Stats;
  /** Undefined if the firmware is too old to list them. */
  readonly groups?: readonly number[] | undefined;
  /** The first vector that failed, 0 if none did. Undefined without a self-test. */
  readonly failed?: number | undefined;
}

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
        text: (outcomes) => (selection.many ? manyText(outcomes) : outcomes.map(oneText).join('\n')),
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
  const info = await terminal.info('a');
  const params = await terminal.params();
  const stats: Stats = {};
  for (const group of await terminal.statGroups()) stats[group] = await terminal.stats(group);
  return {
    info,
    params,
    groups: await groupsOf(terminal),
    stats,
    ...(selfTest && { failed: await terminal.selfTest() }),
  };
}

/** The SMP groups of a terminal. Undefined if its firmware is too old to list them. */
export async function groupsOf(terminal: Terminal): Promise<number[] | undefined> {
  try {
    return await terminal.groups();
  } catch (error) {
    if (error instanceof OctobindError && error.code === 'UNSUPPORTED') return undefined;
    throw error;
  }
}

function oneText({ port = '', serial = '', info = '', params, groups, stats = {}, failed }: Outcome<Info>): string {
  const rows = [
    ['serial number', serial],
    ['firmware', info],
    ['buffers', `${params?.bufCount} of ${params?.bufSize} bytes`],
    ['SMP groups', groups?.map(groupName).join(', ') ?? 'unknown'],
    ...Object.entries(stats).flatMap(([group, fields]) =>
      Object.entries(fields).map(([field, value]) => [`${group} ${field}`, shown(field, value)]),
    ),
  ];
  if (failed !== undefined) rows.push(['self-test', selfTestText(failed)]);
  return table([port, ''], rows);
}

/** Many terminals, a row for each. All of their counters are in the JSON. */
function manyText(outcomes: readonly Outcome<Info>[]): string {
  const rows = outcomes.map(({ name, serial = '', info = '', stats = {}, failed }) => {
    const { flash: { state = -1 } = {}, boot: { cause = -1 } = {} } = stats;
    return [
      name,
      serial,
      info,
      stateName(state),
      resetName(cause),
      ...(failed === undefined ? [] : [selfTestText(failed)]),
    ];
  });
  const selfTest = rows.some((row) => row.length > 5) ? ['self-test'] : [];
  return table(['terminal', 'serial number', 'firmware', 'flash', 'last boot', ...selfTest], rows);
}

const selfTestText = (failed: number): string => (failed === 0 ? 'passed' : `failed at vector ${failed}`);

/** A value of a group of statistics, as text for people. */
function shown(field: string, value: number): string {
  if (field === 'state') return stateName(value);
  if (field === 'cause') return resetName(value);
  if (field === 'last_failure') return value === 0 ? 'none' : resetName(value);
  return field === 'failed_at' ? `0x${value.toString(16)}` : String(value);
}
