import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { Role, Size } from '../../assembly/protocol.js';
import type { CardJudge } from '../cards/card-judge.js';
import { refusalSentence } from '../refusals.js';
import { LABEL, readCards, type Card, type CardFile } from './card-file.js';
import { parseDocumentAs, problemsError, unreadable } from '../document.js';

/** A card that a slot is to hold, with the record that the firmware keeps of it. */
export interface PlannedCard {
  readonly label: string;
  readonly card: Card;
  readonly role: Role;
  readonly record: Uint8Array;
}

/** What one slot is to hold; `keep` leaves it alone. */
export type PlannedSlot = PlannedCard | 'empty' | 'keep';

export interface PlannedTerminal {
  readonly name: string;
  /** As `linkFromAddress` takes it. */
  readonly port: string;
  /** Eight, the first one is slot 1. */
  readonly slots: readonly PlannedSlot[];
}

export interface Plan {
  readonly cards: CardFile;
  readonly terminals: readonly PlannedTerminal[];
}

export interface Table {
  readonly cards: CardFile;
  readonly slots: readonly PlannedSlot[];
}

const ROLES = { payment: Role.Payment, settlement: Role.Settlement };

const slotPlan = z.union(
  [z.string(), z.strictObject({ card: z.string(), role: z.enum(['payment', 'settlement']).default('payment') })],
  { error: 'a slot is the label of a card, { card: label, role: payment or settlement }, empty or keep' },
);

const slotMap = z.record(z.string(), slotPlan);

const planFile = z.strictObject({
  cards: z.string({ error: 'the path of the card file, relative to this file' }),
  terminals: z.record(
    z.string().regex(LABEL, 'a name begins with a letter, then letters, digits, _ . -, at most 32'),
    z.strictObject({ port: z.string({ error: 'the port of the terminal' }).min(1), slots: slotMap }),
  ),
});

const tableFile = z.strictObject({ cards: z.string().optional(), slots: slotMap });

/** Slots as a file gives them, checked one after the other; everything wrong is added to `problems`. */
class SlotReader {
  readonly problems: string[] = [];
  readonly #records = new Map<string, Uint8Array | undefined>();

  constructor(
    private readonly cards: CardFile,
    private readonly cardsPath: string,
    private readonly judge: CardJudge,
  ) {}

  read(slots: z.infer<typeof slotMap>, unnamed: 'keep' | 'empty', where: string): PlannedSlot[] {
    const result: PlannedSlot[] = Array.from({ length: Size.Slots }, () => unnamed);
    for (const [key, planned] of Object.entries(slots)) {
      if (!/^[1-8]$/.test(key)) {
        this.problems.push(`${where}slot ${key}: there is no such slot, they are 1 to ${Size.Slots}`);
        continue;
      }
      if (planned === 'empty' || planned === 'keep') {
        result[Number(key) - 1] = planned;
        continue;
      }
      const { card: label, role } = typeof planned === 'string' ? { card: planned, role: 'payment' as const } : planned;
      const card = this.cards.get(label);
      if (card === undefined) {
        this.problems.push(`${where}slot ${key}: ${this.cardsPath} has no card labelled ${label}`);
        continue;
      }
      const record = this.#record(label, card, ROLES[role]);
      if (record !== undefined) result[Number(key) - 1] = { label, card, role: ROLES[role], record };
    }
    this.#checkTable(result, where);
    return result;
  }

  /** The firmware's own code judges; a refused card is reported once, however often the plan names it. */
  #record(label: string, card: Card, role: Role): Uint8Array | undefined {
    const key = `${role} ${label}`;
    if (this.#records.has(key)) return this.#records.get(key);
    const judged = this.judge.record({ ...card, role });
    if (typeof judged === 'number') {
      const problem = `card ${label}: ${refusalSentence(judged)}`;
      if (!this.problems.includes(problem)) this.problems.push(problem);
    }
    const record = typeof judged === 'number' ? undefined : judged;
    this.#records.set(key, record);
    return record;
  }

  #checkTable(slots: readonly PlannedSlot[], where: string): void {
    const bound = slots.flatMap((planned, index) =>
      typeof planned === 'string' ? [] : [{ ...planned, slot: index + 1 }],
    );
    const settlement = bound.filter(({ role }) => role === Role.Settlement).map(({ slot }) => slot);
    if (settlement.length > 1) {
      this.problems.push(`${where}slots ${settlement.join(', ')}: a terminal has one settlement card at most`);
    }
    for (const { card, slot, label } of bound) {
      const first = bound.find((other) => other.card.pan === card.pan);
      if (first === undefined || first.slot === slot) continue;
      const labels = first.label === label ? label : `${first.label}, ${label}`;
      this.problems.push(`${where}slots ${first.slot}, ${slot}: the same card twice (${labels})`);
    }
  }
}

/**
 * Reads a plan for many terminals, and its card file. Slots that it does not name stay as they are. Codes:
 * `PLAN_INVALID`, with everything that is wrong; those of `readCards`.
 */
export async function readPlan(path: string, judge: CardJudge, cardsPath?: string): Promise<Plan> {
  const file = parseDocumentAs(planFile, await readText(path), path, 'PLAN_INVALID');
  const source = cardsPath ?? resolve(dirname(path), file.cards);
  const cards = await readCards(source);
  const reader = new SlotReader(cards, source, judge);
  const ports = new Map<string, string>();
  const terminals = Object.entries(file.terminals).map(([name, { port, slots }]) => {
    const other = ports.get(port);
    if (other !== undefined) reader.problems.push(`${name}: its port is that of ${other}`);
    ports.set(port, name);
    return { name, port, slots: reader.read(slots, 'keep', `${name}, `) };
  });
  if (terminals.length === 0) reader.problems.push('terminals: it names none');
  if (reader.problems.length > 0)
    throw problemsError('PLAN_INVALID', `The plan ${path} cannot be applied`, reader.problems);
  return { cards, terminals };
}

/** Reads the whole table of one terminal: slots that the file does not name are emptied. Codes as `readPlan`. */
export async function readTable(path: string, judge: CardJudge, cardsPath?: string): Promise<Table> {
  const file = parseDocumentAs(tableFile, await readText(path), path, 'PLAN_INVALID');
  const source = cardsPath ?? (file.cards === undefined ? undefined : resolve(dirname(path), file.cards));
  if (source === undefined) {
    throw problemsError('PLAN_INVALID', `The table ${path} names no card file`, [
      'add cards: FILE, or give --cards FILE',
    ]);
  }
  const cards = await readCards(source);
  const reader = new SlotReader(cards, source, judge);
  const slots = reader.read(file.slots, 'empty', '');
  if (reader.problems.length > 0)
    throw problemsError('PLAN_INVALID', `The table ${path} cannot be bound`, reader.problems);
  return { cards, slots };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw unreadable('PLAN_INVALID', path, cause);
  }
}
