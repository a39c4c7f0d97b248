import { Size } from '../../assembly/protocol.js';
import { CardJudge } from '../cards/card-judge.js';
import { terminalKey } from '../crypto/key-derivation.js';
import { OctobindError } from '../error.js';
import type { CardFile } from './card-file.js';
import { type FleetOptions, onTerminals, type Outcome } from './on-terminals.js';
import { type SlotProof, knownCards, proveTerminal, type TerminalProof } from './proof.js';
import { checkIdentity, type Wanted } from './targets.js';

/** What a terminal was proven to hold, compared with what it should hold. */
export interface CardsProof {
  /** True if it holds every card of the file, and no other. */
  readonly verified: boolean;
  /** Labels of the cards that it does not hold. */
  readonly missing: readonly string[];
  readonly proof?: TerminalProof;
}

export interface ProveCardsOptions extends FleetOptions<CardsProof> {
  /** The acquirer's master key, 32 bytes. */
  readonly master: Uint8Array;
}

const SLOTS: number = Size.Slots;

/**
 * Makes terminals prove that they hold the cards of a file, in any slots and roles. Outcomes come
 * in the order of `wanted`. A terminal that fails does not stop the others. Codes:
 * `CARD_FILE_INVALID` if the file has more cards than a terminal can hold; `WRONG_TERMINAL`.
 */
export function proveCards(
  cards: CardFile,
  wanted: readonly Wanted[],
  options: ProveCardsOptions,
): Promise<Outcome<CardsProof>[]> {
  if (cards.size > SLOTS) {
    throw new OctobindError(
      'CARD_FILE_INVALID',
      `The card file has ${cards.size} cards, but a terminal holds at most ${SLOTS}. Use a file with only the cards that each terminal should hold.`,
    );
  }
  const known = knownCards(cards, new CardJudge());
  const key = (serial: string): Uint8Array => terminalKey(options.master, serial);
  return onTerminals<CardsProof>(wanted, key, { verified: false, missing: [] }, options, async (terminal, at, note) => {
    const proof = await proveTerminal(terminal, options.master, known);
    checkIdentity(at.serial, proof.serial, at.port);
    const held = new Set(proof.slots.map(labelOf));
    const missing = [...cards.keys()].filter((label) => !held.has(label));
    const verified =
      missing.length === 0 && proof.slots.every((slot) => slot === 'empty' || labelOf(slot) !== undefined);
    note({ serial: proof.serial, verified, missing, proof });
  });
}

function labelOf(slot: SlotProof): string | undefined {
  return typeof slot === 'string' ? undefined : slot.card?.label;
}
