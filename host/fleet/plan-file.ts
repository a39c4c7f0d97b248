import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { CardJudge } from '../cards/card-judge.js';
import { parseDocumentAs, problemsError, unreadable } from '../document.js';
import { LABEL, readCards } from './card-file.js';
import { type Plan, type SlotMap, SlotChecker, type TablePlan } from './plan.js';

const slotPlan = z.union(
  [z.string(), z.strictObject({ card: z.string(), role: z.enum(['payment', 'settlement']).default('payment') })],
  { error: 'a slot is the label of a card, { card: label, role: payment or settlement }, empty or keep' },
);

const slotMap: z.ZodType<SlotMap> = z.record(z.string(), slotPlan);

const planFile = z.strictObject({
  cards: z.string({ error: 'give the path of the card file, relative to this file' }),
  terminals: z.record(
    z.string().regex(LABEL, 'a name begins with a letter, then letters, digits, _ . or -, at most 32 characters'),
    z.strictObject({ port: z.string({ error: 'give the port of the terminal' }).min(1), slots: slotMap }),
  ),
});

const tableFile = z.strictObject({ cards: z.string().optional(), slots: slotMap });

/**
 * Reads a plan for many terminals, and its card file, or the one at `cardsPath`. Slots that the
 * plan does not name stay as they are. Codes: `PLAN_INVALID`, with a list of all problems; those
 * of `readCards`.
 */
export async function readPlan(path: string, judge: CardJudge, cardsPath?: string): Promise<Plan> {
  const file = parseDocumentAs(planFile, await readText(path), path, 'PLAN_INVALID');
  const source = cardsPath ?? resolve(dirname(path), file.cards);
  const cards = await readCards(source);
  const checker = new SlotChecker(cards, source, judge);
  const ports = new Map<string, string>();
  const terminals = Object.entries(file.terminals).map(([name, { port, slots }]) => {
    const other = ports.get(port);
    if (other !== undefined) checker.problems.push(`${name}: it has the same port as ${other}`);
    ports.set(port, name);
    return { name, port, slots: checker.read(slots, 'keep', `${name}, `) };
  });
  if (terminals.length === 0) checker.problems.push('terminals: the plan has no terminals');
  if (checker.problems.length > 0)
    throw problemsError('PLAN_INVALID', `The plan ${path} cannot be applied`, checker.problems);
  return { cards, terminals };
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
