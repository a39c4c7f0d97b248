import { LuhnRule, Role, Size } from '../../assembly/protocol.js';
import type { CardJudge } from '../cards/card-judge.js';
import type { Policy } from '../policy.js';
import { refusalSentence } from '../refusals.js';
import type { CardEntry, CardFile } from './card-file.js';
import type { CheckedPolicy } from './policy-file.js';

/** A card that a slot should hold, with the record that the firmware stores of it. */
export interface PlannedCard {
  readonly label: string;
  readonly card: CardEntry;
  readonly role: Role;
  readonly record: Uint8Array;
}

/** What one slot should hold. `keep` leaves it as it is. */
export type PlannedSlot = PlannedCard | 'empty' | 'keep';

/** A terminal of a plan, and what its slots should hold. */
export interface PlannedTerminal {
  readonly name: string;
  /** It must have this serial number. At least one of `serial` and `port` is there. */
  readonly serial?: string | undefined;
  /** Address for `linkFromAddress`. When absent, ports are searched. */
  readonly port?: string | undefined;
  /** Eight, the first of which is slot 1. */
  readonly slots: readonly PlannedSlot[];
}

/** A plan for many terminals, checked: `readPlan` makes it. */
export interface Plan {
  readonly cards: CardFile;
  /** What every terminal's policy should be. When absent, policies are left alone. */
  readonly policy?: CheckedPolicy | undefined;
  readonly terminals: readonly PlannedTerminal[];
}

/** The whole table of one terminal, checked: `readTable` makes it. */
export interface TablePlan {
  readonly cards: CardFile;
  readonly slots: readonly PlannedSlot[];
}

const ROLES = { payment: Role.Payment, settlement: Role.Settlement };

/** Slots of a file, by their numbers: the label of a card, a card in a role, `empty` or `keep`. */
export type SlotMap = Readonly<Record<string, string | { card: string; role: 'payment' | 'settlement' }>>;

/**
 * Checks the slots of a file, for one terminal after the other. Every problem is added to
 * `problems`.
 */
export class SlotChecker {
  readonly problems: string[] = [];
  readonly #records = new Map<string, Uint8Array | undefined>();

  constructor(
    private readonly cards: CardFile,
    private readonly cardsPath: string,
    private readonly judge: CardJudge,
    private readonly policy?: Policy,
  ) {}

  /**
   * Returns all eight slots. `unnamed` is for those that the file does not name. `where` begins
   * each problem.
   */
  read(slots: SlotMap, unnamed: 'keep' | 'empty', where: string): PlannedSlot[] {
    const result: PlannedSlot[] = Array.from({ length: Size.Slots }, () => unnamed);
    for (const [key, planned] of Object.entries(slots)) {
      if (!/^[1-8]$/.test(key)) {
        this.problems.push(`${where}slot ${key}: there is no such slot; slots are numbered 1 to ${Size.Slots}`);
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

  /**
   * Judges a card with the firmware's own code. A refused card is reported once, however often
   * the file names it.
   */
  #record(label: string, card: CardEntry, role: Role): Uint8Array | undefined {
    const key = `${role} ${label}`;
    if (this.#records.has(key)) return this.#records.get(key);
    const judged = this.judge.record({ ...card, role, warns: this.policy?.luhn === LuhnRule.Warn });
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
