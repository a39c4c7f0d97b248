import { Size } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import { CardJudge } from '../cards/card-judge.js';
import type { Terminal } from '../terminal/terminal.js';
import type { CardFile } from './card-file.js';
import { SeenTerminals } from './seen-terminals.js';
import { inParallel } from './parallel.js';
import { type SlotProof, knownCards, proveTerminal, type TerminalProof } from './proof.js';

/** What a terminal was proven to hold, compared with what it should hold. */
export interface CardsProof {
  readonly port: string;
  /** True if it holds every card of the file, and no other. */
  readonly verified: boolean;
  /** Labels of the cards that it does not hold. */
  readonly missing: readonly string[];
  readonly proof?: TerminalProof;
  readonly error?: OctobindError;
}

export interface ProveCardsOptions {
  /** Returns the terminal behind a port. It is closed when its work is done. */
  connect(port: string): Terminal;
  /** The acquirer's master key, 32 bytes. */
  readonly master: Uint8Array;
  onProof?(): void;
  readonly signal?: AbortSignal | undefined;
}

const SLOTS: number = Size.Slots;

/**
 * Makes terminals prove that they hold the cards of a file, in any slots and roles. Proofs come
 * in the order of the ports. A terminal that fails does not stop the others. Code:
 * `CARD_FILE_INVALID` if the file has more cards than a terminal can hold.
 */
export function proveCards(
  cards: CardFile,
  ports: readonly string[],
  options: ProveCardsOptions,
): Promise<CardsProof[]> {
  if (cards.size > SLOTS) {
    throw new OctobindError(
      'CARD_FILE_INVALID',
      `The card file has ${cards.size} cards, but a terminal holds at most ${SLOTS}. Use a file with only the cards that each terminal should hold.`,
    );
  }
  const known = knownCards(cards, new CardJudge());
  const seen = new SeenTerminals();
  const prove = async (port: string): Promise<CardsProof> => {
    let terminal: Terminal | undefined;
    try {
      terminal = options.connect(port);
      const found = await proveTerminal(terminal, options.master, known);
      seen.add(found.serial, port);
      const held = new Set(found.slots.map(labelOf));
      const missing = [...cards.keys()].filter((label) => !held.has(label));
      const verified =
        missing.length === 0 && found.slots.every((slot) => slot === 'empty' || labelOf(slot) !== undefined);
      return { port, verified, missing, proof: found };
    } catch (error) {
      if (!(error instanceof OctobindError)) throw error;
      return { port, verified: false, missing: [], error };
    } finally {
      await terminal?.close();
      options.onProof?.();
    }
  };
  return inParallel(ports, options.signal, prove);
}

function labelOf(slot: SlotProof): string | undefined {
  return typeof slot === 'string' ? undefined : slot.card?.label;
}
