import { Refusal, Size } from '../assembly/protocol.js';
import { OctobindError } from './error.js';

const FORMAT_HINT = 'the terminal does not overwrite it. Only formatting gives an empty table';

/** For people: what is wrong, and what to do about it. No sentence contains data of a card. */
const SENTENCES: Record<Exclude<Refusal, Refusal.None>, string> = {
  [Refusal.PanCharacter]:
    'The card number has a character that is not a digit, a space or a hyphen. Type only the digits.',
  [Refusal.PanLength]:
    `A card number has ${Size.PanMin} to ${Size.PanMax} digits. ` +
    'Compare it with the card: it has too few digits or too many.',
  [Refusal.PanCheckDigit]:
    'The check digit of the card number is wrong. Compare it with the card: one digit is mistyped or two are swapped.',
  [Refusal.PanSchemeLength]:
    "The card's scheme has no card numbers of this length. Compare it with the card: it has too few digits or too many.",
  [Refusal.NameLength]: `A holder's name has ${Size.NameMin} to ${Size.NameMax} characters. Give the name as it is printed on the card.`,
  [Refusal.NameCharacter]:
    "The holder's name has a character that is not allowed. " +
    "Use Latin letters, space and / . ' -, or Han characters with · between the parts.",
  [Refusal.NameDigits]: "The holder's name has only digits. Give the name as it is printed on the card.",
  [Refusal.NamePan]: "The holder's name contains a card number. Give only the name in this field.",
  [Refusal.NameControl]: "The holder's name contains a control character, such as a tab or a line end. Remove it.",
  [Refusal.NameSeparator]:
    "The holder's name contains one of ^ % ? ; = , which separate the fields of a magnetic stripe. Remove it.",
  [Refusal.NameScripts]: "The holder's name mixes Han characters and Latin letters. Use only one of them.",
  [Refusal.NameEdge]:
    "The holder's name begins or ends with a space or a ·, has two · in a row, or has a · but no Han characters. Remove the extra space or ·.",
  [Refusal.NameBytes]: `The holder's name needs more than the ${Size.NameBytes} bytes that a slot can store. Use a shorter form.`,
  [Refusal.TableFull]: `All ${Size.Slots} slots are bound. Unbind a card before binding another.`,
  [Refusal.SlotRange]: `There is no such slot. Slots are numbered 1 to ${Size.Slots}.`,
  [Refusal.SlotOccupied]: 'The slot holds another card. Unbind that card first, or choose an empty slot.',
  [Refusal.DuplicateCard]: 'The card is already bound in another slot. Unbind it there first, or leave it there.',
  [Refusal.HolderDiffers]:
    'The card number is already bound under another name. Check the name. If the bound name is wrong, unbind that card first.',
  [Refusal.RoleDiffers]: 'The card is already bound in another role. Unbind it first, then bind it in this role.',
  [Refusal.SettlementTaken]:
    'Another slot already holds the settlement card, and a terminal can have only one. Bind this card for payment, or unbind the other card first.',
  [Refusal.RoleUnknown]: 'There is no such role. Bind a card for payment (1) or settlement (2).',
  [Refusal.GenerationStale]:
    'The table has changed since it was read. List it again, and repeat your change if you still want it.',
  [Refusal.SensitiveData]:
    'The request contains an expiry date, a card verification value, track data or a PIN. Leave it out: a terminal stores none of them.',
  [Refusal.FieldUnknown]:
    'The request has a field that the terminal does not know. Host and firmware have different versions: update the older one.',
  [Refusal.FieldMissing]:
    'The request lacks a field that the terminal needs. Host and firmware have different versions: update the older one.',
  [Refusal.FlashForeign]: `The flash holds data that is not a card table, and ${FORMAT_HINT}.`,
  [Refusal.FlashGeometry]: `The flash holds a card table for another flash geometry, and ${FORMAT_HINT}.`,
  [Refusal.FlashDamaged]: `A record of the card table cannot be read, and ${FORMAT_HINT}.`,
  [Refusal.FlashFailed]:
    'The terminal could not write the table to its flash, or could not record which table is the newest. Repeat the command. If it fails again, have the terminal repaired.',
  [Refusal.FlashUnread]:
    'When it started, the terminal could not tell which table is the newest: a read failed, or the flash accepted no write. So the terminal proves and overwrites nothing. Restart it. If that does not help, have it repaired.',
  [Refusal.PanRepeated]: 'One digit repeated is no card number. Type the number that is printed on the card.',
  [Refusal.PolicySlots]:
    "As many cards are bound as the bank's policy allows. Unbind one first, or set a policy that allows more.",
  [Refusal.PolicyScheme]:
    "The bank's policy does not allow cards of this scheme. Use another card, or set a policy that allows it.",
  [Refusal.PolicyLost]:
    "The flash does not hold the bank's policy that this terminal wrote last, so no card is changed or proven. Find out why. Then set the policy again.",
  [Refusal.PolicyText]: `A text of the policy cannot be shown. A text has two rows of ${Size.RowCells} half-width cells (a Han character takes two) and no card number; a telephone number has 15 digits at most, and + - ( ) and spaces.`,
  [Refusal.PolicyRange]:
    'A number of the policy is out of its range. Slots are 1 to 8, and at least one scheme is allowed.',
  [Refusal.FlashUnsupported]:
    'The card store cannot use this flash geometry. Configure 2 to 16 sectors of 1 to 64 KiB, with a program unit of 1 to 16 bytes.',
  [Refusal.KeyMissing]: 'The terminal has no key yet. Load one first.',
  [Refusal.FlashForged]: `The flash does not hold the card table that this terminal wrote last, and ${FORMAT_HINT}.`,
  [Refusal.SessionMissing]:
    "The terminal accepts this command only inside a session, and no session is open. Open one with the terminal's key.",
  [Refusal.NotAuthentic]:
    "The message does not prove knowledge of the terminal's key. Use the key that was loaded into the terminal.",
  [Refusal.Replayed]: 'The terminal has already received this message, or a later one. Repeat the request.',
  [Refusal.TooSoon]: 'There were too many failures. Wait, then try again.',
  [Refusal.KeyLive]: 'The terminal already has a key. To load another one, open a session with the present key.',
  [Refusal.PartMissing]: 'A key has two components, and the terminal does not have both yet. Load both, then commit.',
  [Refusal.CheckValueDiffers]: 'The check value is not the expected one. Load both components again.',
  [Refusal.KeyWeak]:
    'A component is all zeros, or both are the same, so one person would know the key. Load two different random components.',
  [Refusal.PasswordShape]: `A password has ${Size.PasswordMin} to ${Size.PasswordMax} digits. Choose another one.`,
  [Refusal.PasswordWrong]: 'The password is wrong. The terminal counts wrong tries.',
  [Refusal.Tampered]:
    'The terminal was tampered with and has erased its keys and cards. Contact the bank. The terminal works again once keys are loaded.',
  [Refusal.FlashWorn]:
    'The flash is worn out: the table can be read but no longer changed. No card is lost. Have the terminal replaced.',
};

/** The sentence for a refusal, even for one that only a later release knows. */
export function refusalSentence(refusal: Refusal): string {
  const sentences: Partial<Record<number, string>> = SENTENCES;
  return (
    sentences[refusal] ??
    `The terminal refused for reason ${refusal}, which this release does not know. Update octobind on this host.`
  );
}

/**
 * The error for a refusal. `slot` is 1 to 8, if the refusal is about one of several slots.
 * `waitMs` is given after too many failures.
 */
export function refusalError(
  refusal: Refusal,
  details: { slot?: number | undefined; waitMs?: number | undefined } = {},
): OctobindError {
  const { slot, waitMs } = details;
  const where = slot === undefined ? '' : `Slot ${slot}: `;
  const wait = waitMs === undefined ? '' : ` The terminal accepts the next try in ${Math.ceil(waitMs / 1000)} s.`;
  return new OctobindError('REFUSED', where + refusalSentence(refusal) + wait, { refusal, slot, waitMs });
}
