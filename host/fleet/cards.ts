import { open, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import { OctobindError } from '../error.js';
import { parseDocumentAs, unreadable } from '../document.js';
import { PUBLISHED_TEST_NUMBERS } from './test-numbers.js';

/** A card as its file gives it. `pan` has its digits alone; the firmware judges both fields. */
export interface Card {
  readonly pan: string;
  readonly name: string;
}

/** Cards by label. */
export type CardFile = ReadonlyMap<string, Card>;

/** What a card or a terminal may be called. `empty` and `keep` are what a plan calls a slot. */
export const LABEL = /^(?!(?:empty|keep)$)\p{L}[\p{L}\p{N}_.-]{0,31}$/u;

const label = z
  .string()
  .regex(LABEL, 'a label begins with a letter, then letters, digits, _ . -, at most 32, not empty or keep');

/** Strict, so that an expiry date or a verification value is refused instead of kept. */
const card = z.strictObject({
  pan: z.string({ error: 'the number must be text: put it in quotes' }),
  name: z.string({ error: "the holder's name must be text" }),
});

const cardFile = z.strictObject({ cards: z.record(label, card) });

/** Digits as the firmware keeps them: ASCII spaces and hyphens stripped. */
export function canonicalDigits(pan: string): string {
  return pan.replace(/[ -]/g, '');
}

/**
 * Reads a card file. Codes: `CARD_FILE_MODE` when others than its owner may read it and not all of its numbers are
 * published test numbers; `CARD_FILE_INVALID`.
 */
export async function readCards(path: string): Promise<CardFile> {
  const { text, mode } = await readWithMode(path);
  const { cards } = parseDocumentAs(cardFile, text, path, 'CARD_FILE_INVALID');
  const result = new Map(
    Object.entries(cards).map(([key, { pan, name }]) => [key, { pan: canonicalDigits(pan), name }] as const),
  );
  const secret = [...result.values()].some(({ pan }) => !PUBLISHED_TEST_NUMBERS.has(pan));
  // Windows keeps no such bits; there, the file's access list is its owner's business.
  if (secret && process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new OctobindError(
      'CARD_FILE_MODE',
      `The card file ${path} holds card numbers, and its mode (${(mode & 0o777).toString(8).padStart(4, '0')}) lets others read them. Run \`chmod 600 ${path}\`.`,
    );
  }
  return result;
}

/** Mode and text come from one handle: the file cannot be swapped between the two. */
async function readWithMode(path: string): Promise<{ text: string; mode: number }> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return { mode: (await handle.stat()).mode, text: await handle.readFile('utf8') };
  } catch (cause) {
    throw unreadable('CARD_FILE_INVALID', path, cause);
  } finally {
    await handle?.close();
  }
}
