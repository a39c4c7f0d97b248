import type { FlashState, Role, Scheme } from '../../assembly/protocol.js';
import type { Bank } from '../bank.js';
import type { Policy } from '../policy.js';

/** A card to bind. Once it is bound, no terminal returns the full `pan` again. */
export interface Card {
  /** 12 to 19 digits; spaces and hyphens may stand between them. */
  pan: string;
  /** 2 to 26 characters. */
  name: string;
  /** `Role.Payment` when absent. */
  role?: Role | undefined;
}

/** What a terminal shows of a bound card. */
export interface SlotView {
  /** First six and last four digits; stars for the others. */
  pan: string;
  scheme: Scheme;
  role: Role;
  /** First character of each word; stars for the others. */
  name: string;
  /** The bank in China that issues it. Absent if the terminal's table has no bank for it. */
  bank?: Bank | undefined;
  /** False if the check digit is wrong, which a policy may allow: the issuer must confirm it. */
  luhn?: false | undefined;
  /** False if the policy does not allow the card any more. It was bound before. */
  allowed?: false | undefined;
}

/** The table as a terminal lists it. */
export interface CardTable {
  generation: number;
  state: FlashState;
  /** How many cards the policy allows. All eight when absent. */
  most?: number | undefined;
  /** Present if the policy cannot be used, so that nothing may be changed: its state. */
  policy?: FlashState | undefined;
  /** Eight, the first of which is slot 1. Null is an empty slot. */
  slots: (SlotView | null | 'damaged')[];
}

/** What `replace` does to a slot: bind a card, leave it alone, or empty it (null). */
export type SlotWish = 'keep' | null | Card;

/** The bank's policy, as a terminal holds it. */
export interface HeldPolicy {
  generation: number;
  /** `Ready` with a policy, `Blank` without one: the defaults hold. Any other: not usable. */
  state: FlashState;
  policy: Policy | null;
}

/** The outcome of a change. */
export interface Change {
  /** The generation of the table, or of the policy, now. */
  generation: number;
  /** False if the table already was as wanted. */
  changed: boolean;
}
