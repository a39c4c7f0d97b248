import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { unreadable } from '../secret-file.js';
import { counted } from '../counted.js';
import { OctobindError } from '../error.js';
import { findTargets, type Wanted } from '../fleet/targets.js';
import type { Context } from './context.js';
import { allTerminals, terminalNamed } from './discovery.js';
import { whole } from './options.js';
import { reach } from './reach.js';

/** Options of each command that works on many terminals. */
export interface BulkOptions {
  readonly all?: true;
  readonly only?: readonly string[];
  readonly jobs?: number;
  readonly retryFailed?: string;
  readonly jsonLines?: true;
}

/** The terminals that a command works on. */
export interface Selection {
  readonly wanted: readonly Wanted[];
  /** False if one terminal was named, or is the only one: its outcome is printed alone. */
  readonly many: boolean;
}

/** Adds the options of a command on the terminals of a plan. */
export function addPlanOptions(command: Command): Command {
  return command
    .option('--only <names>', 'only these terminals: names or serial numbers, with commas between them', names, [])
    .option('--jobs <n>', 'how many terminals to work on at once (default: 16)', whole(1, 1000))
    .option(
      '--retry-failed <file>',
      'only those that failed or were different in an earlier run, whose --json output is in FILE',
    )
    .option('--json-lines', 'print the outcome of each terminal as a line of JSON, as it comes');
}

/** Adds the options of a command on one terminal, those of a plan, or all. */
export function addBulkOptions(command: Command): Command {
  return addPlanOptions(
    command
      .argument('[plan]', 'work on the terminals of this plan')
      .option('--all', 'work on every terminal that `octobind ports` lists'),
  );
}

const names = (text: string, before: readonly string[]): string[] => [...before, ...text.split(',')];

/**
 * Chooses the terminals of a plan, all, or the one that --port names. Codes: `USAGE`, those of
 * `readPlan` and of discovery.
 */
export async function select(plan: string | undefined, options: BulkOptions, context: Context): Promise<Selection> {
  const { port, dir } = context.options;
  if ([plan, options.all, port].filter((given) => given !== undefined).length > 1) {
    throw new OctobindError('USAGE', 'Terminals are named twice. Give a plan, or --all, or --port.');
  }
  if (plan === undefined && !options.all) {
    if (options.only?.length || options.retryFailed !== undefined) {
      throw new OctobindError('USAGE', 'The options --only and --retry-failed choose from a plan, or from --all.');
    }
    return { wanted: [await terminalNamed(port, dir)], many: false };
  }
  const all = plan === undefined ? await allTerminals(dir) : await terminalsOf(plan);
  return { wanted: await narrow(all, options, context), many: true };
}

async function terminalsOf(plan: string): Promise<Wanted[]> {
  // Loaded only here: the YAML library takes 0.05 s, and most runs read no plan.
  const { readPlanTerminals } = await import('../fleet/plan-file.js');
  return readPlanTerminals(plan);
}

/**
 * Leaves only those terminals that --only and --retry-failed name. If --only names one that is not
 * known, terminals are asked for their serial numbers. Code: `USAGE` if it is not there either.
 */
export async function narrow<T extends Wanted>(
  wanted: readonly T[],
  { only = [], retryFailed, jobs }: BulkOptions,
  context: Context,
): Promise<T[]> {
  const failed = retryFailed === undefined ? undefined : await readFailed(retryFailed);
  const isNamed = (one: Wanted, text: string): boolean => one.name === text || one.serial === text;
  const unknown = (among: readonly Wanted[]): string[] =>
    only.filter((text) => !among.some((one) => isNamed(one, text)));
  const known: readonly Wanted[] =
    unknown(wanted).length > 0 ? await findTargets(wanted, reach(context, jobs)) : wanted;
  const strangers = [
    ...unknown(known),
    ...(failed ?? [])
      .filter((one) => !known.some((other) => isSame(one, other)))
      .map(({ name, serial }) => name ?? serial),
  ];
  if (strangers.length > 0) {
    throw new OctobindError(
      'USAGE',
      `These are not among the ${counted(wanted.length, 'terminal')} to choose from: ${strangers.join(', ')}. Check their names.`,
    );
  }
  return wanted.filter((_, index) => {
    const one = known[index] ?? {};
    const isChosen = only.length === 0 || only.some((text) => isNamed(one, text));
    return isChosen && (failed === undefined || failed.some((other) => isSame(one, other)));
  });
}

const isSame = (one: Wanted, other: Wanted): boolean =>
  (one.name !== undefined && one.name === other.name) || (one.serial !== undefined && one.serial === other.serial);

const outcome = z.object({
  name: z.string().optional(),
  serial: z.string().optional(),
  good: z.boolean(),
});
/** What --json prints, or one of the lines of --json-lines. The last of these is a summary. */
const printed = z.union([
  z.object({ terminals: z.array(outcome) }).transform(({ terminals }) => terminals),
  outcome.transform((one) => [one]),
  z.object({ summary: z.object({}) }).transform(() => []),
]);

/**
 * The terminals that failed in an earlier run, or were found different, by its JSON or its lines
 * of JSON. Code: `USAGE`.
 */
async function readFailed(path: string): Promise<Wanted[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable('USAGE', path, cause);
  }
  try {
    const documents = text.split('\n').flatMap((line): unknown[] => (line.trim() === '' ? [] : [JSON.parse(line)]));
    return documents.flatMap((document) => printed.parse(document)).filter(({ good }) => !good);
  } catch (cause) {
    throw new OctobindError('USAGE', `${path} is not what an earlier run printed with --json or --json-lines.`, {
      cause,
    });
  }
}
