import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { CardJudge } from '../cards/card-judge.js';
import { parseDocumentAs, problemsError } from '../document.js';
import { unreadable } from '../secret-file.js';
import { LABEL, readCards } from './card-file.js';
import { SERIAL, type Wanted } from './targets.js';
import { readPolicy } from './policy-file.js';
import { type Plan, type SlotMap, SlotChecker, type TablePlan } from './plan.js';

const slotPlan = z.union(
  [z.string(), z.strictObject({ card: z.string(), role: z.enum(['payment', 'settlement']).default('payment') })],
  { error: 'a slot is the label of a card, { card: label, role: payment or settlement }, empty or keep' },
);

const slotMap: z.ZodType<SlotMap> = z.record(z.string(), slotPlan);

const terminal = z
  .strictObject({
    serial: z
      .string({ error: 'a serial number is text: put it in quotes' })
      .regex(SERIAL, 'a serial number has 1 to 32 printable ASCII characters')
      .optional(),
    port: z.string({ error: 'a port is text: put it in quotes' }).min(1, 'the port is empty').optional(),
    slots: slotMap.default({}),
  })
  .refine(({ serial, port }) => serial !== undefined || port !== undefined, {
    error: 'give the serial number of the terminal, or its port, or both',
  });

const terminalName = z
  .string()
  .regex(LABEL, 'a name begins with a letter, then letters, digits, _ . or -, at most 32 characters');

/** What is wrong with a terminal that is to be written into a plan. */
export function terminalProblems(name: string, entry: unknown): string[] {
  const { error } = z.object({ name: terminalName, entry: terminal }).safeParse({ name, entry });
  return (error?.issues ?? []).map(({ path, message }) => {
    const place = path.filter((key) => key !== 'entry').join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
}

const planFile = z.strictObject({
  cards: z.string({ error: 'give the path of the card file, relative to this file' }).optional(),
  policy: z.string({ error: 'give the path of the policy file, relative to this file' }).optional(),
  terminals: z.record(terminalName, terminal),
});

const tableFile = z.strictObject({ cards: z.string().optional(), slots: slotMap });

/**
 * Reads a plan for many terminals, and its card file, or the one at `cardsPath`. Slots that the
 * plan does not name stay as they are. Codes: `PLAN_INVALID`, with a list of all problems; those
 * of `readCards` and `readPolicy`.
 */
export async function readPlan(path: string, judge: CardJudge, cardsPath?: string): Promise<Plan> {
  const file = parseDocumentAs(planFile, await readText(path), path, 'PLAN_INVALID');
  const source = cardsPath ?? (file.cards === undefined ? undefined : resolve(dirname(path), file.cards));
  if (source === undefined) {
    throw problemsError('PLAN_INVALID', `The plan ${path} names no card file`, ['add cards: FILE'], 'card file');
  }
  const cards = await readCards(source);
  const policy = file.policy === undefined ? undefined : await readPolicy(resolve(dirname(path), file.policy), judge);
  const checker = new SlotChecker(cards, source, judge, policy?.policy);
  const terminals = Object.entries(file.terminals).map(([name, { port, serial, slots }]) => ({
    name,
    port,
    serial,
    slots: checker.read(slots, 'keep', `${name}, `),
  }));
  const problems = [...checker.problems, ...sharedBy(terminals)];
  if (problems.length > 0) throw problemsError('PLAN_INVALID', `The plan ${path} cannot be applied`, problems);
  return { cards, policy, terminals };
}

/** Reads only which terminals a plan names, and neither slots nor cards. Code: `PLAN_INVALID`. */
export async function readPlanTerminals(path: string): Promise<Wanted[]> {
  const file = parseDocumentAs(planFile, await readText(path), path, 'PLAN_INVALID');
  const terminals = Object.entries(file.terminals).map(([name, { port, serial }]) => ({ name, port, serial }));
  const problems = sharedBy(terminals);
  if (problems.length > 0) throw problemsError('PLAN_INVALID', `The plan ${path} cannot be used`, problems);
  return terminals;
}

/** What is wrong with the terminals that a plan names. */
function sharedBy(terminals: readonly Wanted[]): string[] {
  if (terminals.length === 0) return ['terminals: the plan has no terminals'];
  const seen = new Map<string, string>();
  const shared = (name: string, what: string, value: string | undefined): string[] => {
    if (value === undefined) return [];
    const other = seen.get(`${what} ${value}`);
    seen.set(`${what} ${value}`, name);
    return other === undefined ? [] : [`${name}: it has the same ${what} as ${other}`];
  };
  return terminals.flatMap(({ name = '', port, serial }) => [
    ...shared(name, 'port', port),
    ...shared(name, 'serial number', serial),
  ]);
}

/**
 * Reads the whole table of one terminal. Slots that the file does not name become empty. Codes:
 * those of `readPlan`.
 */
export async function readTable(path: string, judge: CardJudge, cardsPath?: string): Promise<TablePlan> {
  const file = parseDocumentAs(tableFile, await readText(path), path, 'PLAN_INVALID');
  const source = cardsPath ?? (file.cards === undefined ? undefined : resolve(dirname(path), file.cards));
  if (source === undefined) {
    throw problemsError('PLAN_INVALID', `The table ${path} names no card file`, ['add cards: FILE'], 'card file');
  }
  const cards = await readCards(source);
  const checker = new SlotChecker(cards, source, judge);
  const slots = checker.read(file.slots, 'empty', '');
  if (checker.problems.length > 0)
    throw problemsError('PLAN_INVALID', `The table ${path} cannot be bound`, checker.problems);
  return { cards, slots };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable('PLAN_INVALID', path, cause);
  }
}
