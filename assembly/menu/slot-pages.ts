import { Page, Text } from '../../build/generated/menu';
import { OPENED, openSlot, SPOILED, wipeOpened } from '../card/seal';
import { roleOf } from '../card/record';
import { codeOf, detailOf } from '../outcome';
import { Key, Refusal, Role, Size } from '../protocol';
import { isChanged, unbind } from '../card/table';
import { damaged, writable } from '../store/journal';
import { isEmpty, slotAt, wipeNext } from '../store/slots';
import { putParagraph } from './canvas';
import { addKind, addShortNumber, putCardRows } from './card-line';
import { isDigit } from './keys';
import { addItem } from './list-page';
import { addSpaces } from './paragraph';
import { beginChange, choose, goTo, page, refuse, say, seen, slot } from './place';
import { addText } from './texts';

// The eight slots: to look at one, and to empty one.

export function drawSlots(): void {
  for (let index = 0; index < Size.Slots; index++) {
    const role = openSlot(index);
    addItem(index + 1);
    if (role == Role.Empty) addText((damaged >> index) & 1 ? Text.Damaged : Text.Empty);
    else if (role == SPOILED) addText(Text.Damaged);
    else {
      addShortNumber();
      addSpaces(1);
      addKind(index);
    }
    putParagraph();
  }
  wipeOpened();
}

/** A digit chooses a slot that holds something. */
export function slotsKey(key: i32): void {
  if (!isDigit(key) || key < 1 || key > Size.Slots || isEmpty(slotAt(key - 1))) return;
  choose(key);
  if (page == Page.Slots) return goTo(Page.Slot);
  beginChange();
  const refusal = removalRefused(key);
  if (refusal == Refusal.None) goTo(Page.RemoveAsk);
  else refuse(refusal, 0, Page.Remove);
}

/** Only the host changes the settlement card. */
function removalRefused(number: i32): Refusal {
  const role = openSlot(number - 1);
  wipeOpened();
  if (role == Role.Settlement) return Refusal.SettlementTaken;
  return writable() as Refusal;
}

export function drawSlot(): void {
  if (openSlot(slot - 1) == SPOILED) {
    addText(Text.Damaged);
    putParagraph();
  } else if (roleOf(OPENED) != Role.Empty) putCardRows(slot - 1);
  wipeOpened();
}

/** Asks twice: `RemoveAsk`, then `RemoveSure`. */
export function drawRemoval(): void {
  drawSlot();
  addText(page == Page.RemoveAsk ? Text.EnterRemoves : Text.AskAgain);
  putParagraph();
}

export function removalKey(key: i32): void {
  if (key != Key.Enter) return;
  if (page == Page.RemoveAsk) return goTo(Page.RemoveSure);
  const locked = writable() as Refusal;
  if (locked != Refusal.None) return refuse(locked, 0, Page.Remove);
  const outcome = unbind(slot, seen);
  wipeNext();
  wipeOpened();
  if (outcome < 0) return refuse(codeOf(outcome) as Refusal, detailOf(outcome), Page.Remove);
  if (isChanged(outcome)) say(Text.Removed, slot, Page.Cards);
  else goTo(Page.Cards);
}
