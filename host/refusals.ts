import { Refusal, Size } from '../assembly/protocol.js';
import { OctobindError } from './error.js';

const FORMAT_HINT = 'nothing is written over it. Only a format lays out an empty table';

/** What is wrong, and what to do about it: for people, and without a word of the card's data. */
const SENTENCES: Record<Exclude<Refusal, Refusal.None>, string> = {
  [Refusal.PanCharacter]:
    'The card number has a character that is neither a digit, a space nor a hyphen. Type the digits alone.',
  [Refusal.PanLength]:
    `A card number has ${Size.PanMin} to ${Size.PanMax} digits, and this one does not. ` +
    'Compare it with the card: digits are missing or too many.',
  [Refusal.PanCheckDigit]:
    'The check digit of the card number is wrong. Compare it with the card: one digit is mistyped or two are swapped.',
  [Refusal.PanSchemeLength]:
    "The card's scheme issues no numbers of this length. Compare it with the card: digits are missing or too many.",
  [Refusal.NameLength]: `A holder's name has ${Size.NameMin} to ${Size.NameMax} characters. Shorten it as the card does.`,
  [Refusal.NameCharacter]:
    "The holder's name has a character that a name cannot have. " +
    "Use Latin letters, space and / . ' -, or Han characters with · between the parts.",
  [Refusal.NameDigits]: "The holder's name is digits alone. Give the name as it stands on the card.",
  [Refusal.NamePan]: "The holder's name holds a card number. Give the name in its own field, without the number.",
  [Refusal.NameControl]: "The holder's name holds a control character, such as a tab or a line end. Remove it.",
  [Refusal.NameSeparator]: "The holder's name holds one of ^ % ? ; = , which separate fields on a card. Remove it.",
  [Refusal.NameScripts]: "The holder's name mixes Han and Latin letters. Give it in one of them.",
  [Refusal.NameEdge]:
    "The holder's name begins or ends with a space or a dot, or has a · outside of Han characters or twice in a row. Remove it.",
  [Refusal.NameBytes]: `The holder's name needs more than the ${Size.NameBytes} bytes that a slot keeps. Shorten it as the card does.`,
  [Refusal.TableFull]: `All ${Size.Slots} slots are bound. Unbind a card before binding another.`,
  [Refusal.SlotRange]: `There is no such slot. Slots are 1 to ${Size.Slots}.`,
  [Refusal.SlotOccupied]: 'The slot holds another card. Unbind that one first, or name an empty slot.',
  [Refusal.DuplicateCard]:
    'The card is bound already, in another slot. Unbind it there first, or leave it where it is.',
  [Refusal.HolderDiffers]:
    'The card number is bound already, under another name. Check the name; if the bound one is wrong, unbind that card first.',
  [Refusal.RoleDiffers]: 'The card is bound already, in another role. Unbind it first to bind it in this one.',
  [Refusal.SettlementTaken]:
    'Another slot is the settlement card already, and a terminal has one. Bind this card for payment, or unbind the other first.',
  [Refusal.RoleUnknown]: 'There is no such role. A card is bound for payment (1) or settlement (2).',
  [Refusal.GenerationStale]:
    'The table was changed by someone else since it was read. List it again, and repeat the change if it is still wanted.',
  [Refusal.SensitiveData]:
    'The request carries an expiry date, a card verification value, track data or a PIN. A terminal keeps none of them: leave it out.',
  [Refusal.FieldUnknown]:
    'The request has a field that the terminal does not know. Host and firmware differ in version: update the older one.',
  [Refusal.FieldMissing]:
    'The request lacks a field that the terminal needs. Host and firmware differ in version: update the older one.',
  [Refusal.FlashForeign]: `The flash holds something that is not a card table, and ${FORMAT_HINT}.`,
  [Refusal.FlashGeometry]: `The flash holds a card table laid out for another geometry, and ${FORMAT_HINT}.`,
  [Refusal.FlashDamaged]: `A record of the card table cannot be read, and ${FORMAT_HINT}.`,
  [Refusal.FlashFailed]:
    'The terminal could not write a table to its flash, or not keep which table is the newest. Repeat it; if it fails again, have the terminal repaired.',
  [Refusal.FlashUnread]:
    'When it started, the terminal could not find out for certain which table is its newest: a read failed, or its flash took no write. Nothing is proven or written over. Restart the terminal; if that does not help, have it repaired.',
  [Refusal.FlashUnsupported]:
    'The geometry of the flash is one that the card store cannot use. Configure 2 to 16 sectors of 1 to 64 KiB, with a program unit of 1 to 16 bytes.',
  [Refusal.KeyMissing]: 'The terminal has no key yet. It needs one first.',
  [Refusal.FlashForged]: `The flash does not hold the card table that this terminal wrote last, and ${FORMAT_HINT}.`,
  [Refusal.SessionMissing]: 'The terminal answers this inside a session alone, and none is open. Give its key.',
  [Refusal.NotAuthentic]: 'What was sent does not prove the key of the terminal. Give the key that it was loaded with.',
  [Refusal.Replayed]: 'The terminal has had this message already. Repeat the request.',
  [Refusal.TooSoon]: 'There were too many failures. Wait, then try again.',
  [Refusal.KeyLive]: 'The terminal has a key already. Another one is loaded inside a session under that key: give it.',
  [Refusal.PartMissing]: 'A key is made of two components, and the terminal has not got both. Load both, then commit.',
  [Refusal.CheckValueDiffers]:
    'The check value of the two components together is not the one that was announced. Load both components anew.',
  [Refusal.KeyWeak]:
    'A component of zeros, or the same component twice, makes a key that one person knows. Load two that differ, and are random.',
  [Refusal.PasswordShape]: `A password has ${Size.PasswordMin} to ${Size.PasswordMax} letters, digits and signs of ASCII. Choose another.`,
  [Refusal.PasswordWrong]: 'That is not the password. The tries are counted.',
  [Refusal.Tampered]:
    'The terminal was tampered with and has erased its keys and its cards. Contact the bank; it works again once keys are loaded.',
  [Refusal.FlashWorn]:
    'The flash is worn out: its table can be read, and changed no more. Nothing is lost; have the terminal replaced.',
};

/** The sentence for a refusal, of this release or of a later one. */
export function refusalSentence(refusal: Refusal): string {
  const sentences: Partial<Record<number, string>> = SENTENCES;
  return (
    sentences[refusal] ??
    `The terminal refused, for reason ${refusal}, which this release does not know. Update octobind on this host.`
  );
}

/** A refusal as the error that callers see. `slot` is 1 to 8, where one of several is meant; `waitMs` after too many failures. */
export function refusalError(
  refusal: Refusal,
  details: { slot?: number | undefined; waitMs?: number | undefined } = {},
): OctobindError {
  const { slot, waitMs } = details;
  const where = slot === undefined ? '' : `Slot ${slot}: `;
  const wait = waitMs === undefined ? '' : ` The terminal takes the next try in ${Math.ceil(waitMs / 1000)} s.`;
  return new OctobindError('REFUSED', where + refusalSentence(refusal) + wait, { refusal, slot, waitMs });
}
