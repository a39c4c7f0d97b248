import { Page, Text } from '../../build/generated/menu';
import { bankName, NO_BANK } from '../card/bank';
import { judgeTyped, knownBank, knownScheme } from '../card/outlook';
import { maskText } from '../card/pan';
import { roleOf } from '../card/record';
import { OPENED, openSlot, recordAt, wipeOpened } from '../card/seal';
import { bind, isChanged, slotOf } from '../card/table';
import { codeOf, detailOf } from '../outcome';
import { slotsAllowed } from '../policy/rules';
import { Key, Refusal, Role, Size } from '../protocol';
import { REPLY } from '../scratch';
import { writable } from '../store/journal';
import { isEmpty, slotAt, wipeNext } from '../store/slots';
import { putInput, putParagraph } from './canvas';
import { addScheme } from './card-line';
import { addItem } from './list-page';
import { addName, makeNamed, nameKey, startNamePage, wipeName } from './name-page';
import { add, addRom, addSpaces } from './paragraph';
import { beginChange, goBack, goTo, refuse, say, seen } from './place';
import { addRefusal, addText } from './texts';
import { addTyped, TYPED, typed, typeKey, wipeTyped } from './typed';

// Adding a card: its number, its holder's name, its role, and the summary that binds it.

let role: i32 = Role.Payment;
/** What the digits typed so far are. */
let verdict: Refusal = Refusal.PanLength;

export function wipeAdding(): void {
  wipeTyped();
  wipeName();
  role = Role.Payment;
  verdict = judgeTyped(TYPED, typed);
}

/** Says at once why no card can be added, before anybody types a number. */
export function beginAdding(): void {
  wipeAdding();
  startNamePage();
  beginChange();
  const locked = writable() as Refusal;
  if (locked != Refusal.None) return refuse(locked, 0, Page.Cards);
  let bound = 0;
  for (let index = 0; index < Size.Slots; index++) {
    if (!isEmpty(slotAt(index))) bound++;
  }
  if (bound == Size.Slots) refuse(Refusal.TableFull, 0, Page.Cards);
  else if (bound >= slotsAllowed) refuse(Refusal.PolicySlots, 0, Page.Cards);
}

export function drawNumber(): void {
  addTyped(false);
  putInput();
  if (verdict != Refusal.None && verdict != Refusal.PanLength) {
    addRefusal(verdict);
    return putParagraph();
  }
  if (knownScheme >= 0) addScheme(knownScheme);
  if (knownBank != NO_BANK) {
    addSpaces(1);
    addRom(bankName(knownBank));
  }
  putParagraph();
}

export function numberKey(key: i32): void {
  if (typeKey(key, Size.PanMax)) {
    verdict = judgeTyped(TYPED, typed);
    return;
  }
  if (key != Key.Enter) return;
  if (verdict == Refusal.None) goTo(Page.AddName);
  else if (verdict == Refusal.PanLength) refuse(verdict, 0, Page.AddNumber);
}

export function nameKeyOn(key: i32): void {
  if (!nameKey(key)) return;
  const record = recordAt(0);
  const refusal = makeNamed(TYPED, typed, role as Role, record);
  wipeNext();
  if (refusal != Refusal.None) return refuse(refusal, 0, Page.AddName);
  goTo(hasSettlement() ? Page.AddSummary : Page.AddRole);
}

/** A table has one settlement card, and only the host changes it. */
function hasSettlement(): bool {
  let found = false;
  for (let index = 0; index < Size.Slots; index++) {
    if (openSlot(index) > 0 && roleOf(OPENED) == Role.Settlement) found = true;
  }
  wipeOpened();
  return found;
}

export function drawRole(): void {
  addItem(Role.Payment);
  addText(Text.Payment);
  putParagraph();
  addItem(Role.Settlement);
  addText(Text.Settlement);
  putParagraph();
}

export function roleKey(key: i32): void {
  if (key != Role.Payment && key != Role.Settlement) return;
  role = key;
  goTo(Page.AddSummary);
}

export function drawSummary(): void {
  add(REPLY, maskText(TYPED, typed, REPLY));
  putParagraph();
  addName();
  putParagraph();
  addText(role == Role.Settlement ? Text.Settlement : Text.Payment);
  putParagraph();
  addText(Text.EnterAdds);
  putParagraph();
}

export function summaryKey(key: i32): void {
  if (key != Key.Enter) return;
  let outcome = -(<i64>makeNamed(TYPED, typed, role as Role, recordAt(0)));
  if (outcome == 0) outcome = -(<i64>writable());
  if (outcome == 0) outcome = bind(0, seen);
  wipeNext();
  wipeOpened();
  wipeAdding();
  if (outcome < 0) refuse(codeOf(outcome) as Refusal, detailOf(outcome), Page.Cards);
  else say(isChanged(outcome) ? Text.Bound : Text.BoundAlready, slotOf(outcome), Page.Cards);
}

/** Cancel on the way goes one page back, so that a name need not be typed again. */
export function backFrom(page: i32): void {
  if (page == Page.AddNumber) {
    wipeAdding();
    return goBack();
  }
  goTo(page == Page.AddName ? Page.AddNumber : Page.AddName);
}
