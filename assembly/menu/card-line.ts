import { FIRST_SCHEME, Text } from '../../build/generated/menu';
import { bankName, NO_BANK } from '../card/bank';
import { bankIn, maskedName, maskedPan, roleOf, schemeIn } from '../card/record';
import { OPENED } from '../card/seal';
import { Role } from '../protocol';
import { REPLY } from '../scratch';
import { damaged } from '../store/journal';
import { putParagraph } from './canvas';
import { add, addPoint, addRom, addSpaces } from './paragraph';
import { addText } from './texts';

// How the pages show the card in `OPENED`.

const SHOWN_FIRST: i32 = 6;
const SHOWN_LAST: i32 = 4;
const STAR: i32 = 0x2a;

/** The masked number with two stars for what is hidden, so that it fits the smallest screen. */
export function addShortNumber(): void {
  const digits = maskedPan(OPENED, REPLY);
  let first = 0;
  while (first < SHOWN_FIRST && load<u8>(REPLY + first) != STAR) first++;
  add(REPLY, first);
  addPoint(STAR);
  addPoint(STAR);
  add(REPLY + digits - SHOWN_LAST, SHOWN_LAST);
}

export function addScheme(scheme: i32): void {
  addText(FIRST_SCHEME + scheme);
}

/** Scheme, role and state. */
export function addKind(index: i32): void {
  addScheme(schemeIn(OPENED));
  addSpaces(1);
  addText(roleOf(OPENED) == Role.Settlement ? Text.Settlement : Text.Payment);
  addSpaces(1);
  addText((damaged >> index) & 1 ? Text.Damaged : Text.Normal);
}

/** Number, holder, kind and bank, a paragraph each. */
export function putCardRows(index: i32): void {
  add(REPLY, maskedPan(OPENED, REPLY));
  putParagraph();
  add(REPLY, maskedName(OPENED, REPLY));
  putParagraph();
  addKind(index);
  putParagraph();
  const bank = bankIn(OPENED);
  if (bank == NO_BANK) return;
  addRom(bankName(bank));
  putParagraph();
}
