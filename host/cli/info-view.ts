import type { Outcome } from '../fleet/on-terminals.js';
import type { TerminalInfo } from '../terminal/info.js';
import { groupName, resetName, stateName } from './names.js';
import { table } from './table.js';

export type Stats = Record<string, Record<string, number>>;

/** What `info` reads from a terminal. */
export interface Info {
  /** Undefined if the firmware is too old to tell. */
  readonly info?: TerminalInfo | undefined;
  readonly params?: { readonly bufSize: number; readonly bufCount: number };
  readonly stats?: Stats;
  /** Undefined if the firmware is too old to list them. */
  readonly groups?: readonly number[] | undefined;
  /** The first vector that failed, 0 if none did. Undefined without a self-test. */
  readonly failed?: number | undefined;
}

const UNKNOWN = 'unknown';
const SHOWN_DIGITS = 12;
/** A digest for people: enough digits to tell builds apart. */
const buildText = (info: TerminalInfo | undefined): string => info?.build?.slice(0, SHOWN_DIGITS) ?? UNKNOWN;

export function infoText({ port = '', serial = '', info, params, groups, stats = {}, failed }: Outcome<Info>): string {
  const rows = [
    ['serial number', serial],
    ['firmware', info?.release ?? UNKNOWN],
    ['build', buildText(info)],
    ['runtime', info ? `${info.runtime}, HAL ${info.hal}` : UNKNOWN],
    ['board', info ? `${info.board} (${info.architecture}, ${info.processor})` : UNKNOWN],
    ['buffers', `${params?.bufCount} of ${params?.bufSize} bytes`],
    ['SMP groups', groups?.map(groupName).join(', ') ?? UNKNOWN],
    ...Object.entries(stats).flatMap(([group, fields]) =>
      Object.entries(fields).map(([field, value]) => [`${group} ${field}`, shown(field, value)]),
    ),
  ];
  if (failed !== undefined) rows.push(['self-test', selfTestText(failed)]);
  return table([port, ''], rows);
}

/** Many terminals, a row for each. All of their counters are in the JSON. */
export function manyInfosText(outcomes: readonly Outcome<Info>[]): string {
  const rows = outcomes.map(({ name, serial = '', info, stats = {}, failed }) => {
    const { flash: { state = -1 } = {}, boot: { cause = -1 } = {} } = stats;
    return [
      name,
      serial,
      info?.release ?? UNKNOWN,
      buildText(info),
      info?.runtime ?? UNKNOWN,
      info?.board ?? UNKNOWN,
      stateName(state),
      resetName(cause),
      ...(failed === undefined ? [] : [selfTestText(failed)]),
    ];
  });
  const titles = ['terminal', 'serial number', 'firmware', 'build', 'runtime', 'board', 'flash', 'last boot'];
  const selfTest = rows.some((row) => row.length > titles.length) ? ['self-test'] : [];
  return [table([...titles, ...selfTest], rows), ...buildsText(outcomes)].join('\n');
}

/** Says so if not all terminals run one build, which a long table would hide. */
function buildsText(outcomes: readonly Outcome<Info>[]): string[] {
  const counts = new Map<string, number>();
  for (const { info } of outcomes) counts.set(buildText(info), (counts.get(buildText(info)) ?? 0) + 1);
  if (counts.size < 2) return [];
  const each = [...counts].sort(([, one], [, other]) => other - one).map(([build, count]) => `${build} on ${count}`);
  return [`${counts.size} different builds: ${each.join(', ')}`];
}

const selfTestText = (failed: number): string => (failed === 0 ? 'passed' : `failed at vector ${failed}`);

/** A value of a group of statistics, as text for people. */
function shown(field: string, value: number): string {
  if (field === 'state') return stateName(value);
  if (field === 'cause') return resetName(value);
  if (field === 'last_failure') return value === 0 ? 'none' : resetName(value);
  return field === 'failed_at' ? `0x${value.toString(16)}` : String(value);
}
