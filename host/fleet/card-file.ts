import { z } from 'zod';
import { parseDocumentAs } from '../document.js';
import { isOpenToOthers, openToOthers, readWithMode } from '../secret-file.js';
import { PUBLISHED_TEST_NUMBERS } from './test-numbers.js';

/**
 * A card from a card file. `pan` has no spaces and hyphens. Neither field is checked: the
 * firmware judges them.
 */
export interface CardEntry {
  readonly pan: string;
  readonly name: string;
}

/** Cards by label. */
export type CardFile = ReadonlyMap<string, CardEntry>;

/**
 * A valid label of a card, or name of a terminal. `empty` and `keep` have another meaning in a
 * plan.
 */
export const LABEL = /^(?!(?:empty|keep)$)\p{L}[\p{L}\p{N}_.-]{0,31}$/u;

const label = z
  .string()
  .regex(
    LABEL,
    'a label begins with a letter, then letters, digits, _ . or -, at most 32 characters, and not empty or keep',
  );

/** Strict, so that a file with an expiry date or a verification value is refused. */
const card = z.strictObject({
  pan: z.string({ error: 'the number must be text: put it in quotes' }),
  name: z.string({ error: "the holder's name must be text" }),
});

const cardFile = z.strictObject({ cards: z.record(label, card) });

/** Removes ASCII spaces and hyphens, as the firmware does. */
export function canonicalDigits(pan: string): string {
  return pan.replace(/[ -]/g, '');
}

/**
 * Reads a card file. Codes: `CARD_FILE_MODE` if users other than its owner may access it, unless
 * all of its numbers are published test numbers; `CARD_FILE_INVALID`.
 */
export async function readCards(path: string): Promise<CardFile> {
  const { text, mode } = await readWithMode('CARD_FILE_INVALID', path);
  const { cards } = parseDocumentAs(cardFile, text, path, 'CARD_FILE_INVALID');
  const result = new Map(
    Object.entries(cards).map(([key, { pan, name }]) => [key, { pan: canonicalDigits(pan), name }] as const),
  );
  const secret = [...result.values()].some(({ pan }) => !PUBLISHED_TEST_NUMBERS.has(pan));
  if (secret && isOpenToOthers(mode)) throw openToOthers('CARD_FILE_MODE', path, mode);
  return result;
}
