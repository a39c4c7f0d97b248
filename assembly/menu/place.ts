import { Page, Text } from '../../build/generated/menu';
import * as hal from '../hal';
import { Beep, MenuUser, Refusal } from '../protocol';
import { generation } from '../store/journal';
import { scrollTo } from './canvas';
import { parentOf } from './texts';
import { wipeTyped } from './typed';

// Where in the menu a person is, and what a page needs to know of the ones before it.

export let page: i32 = Page.Main;
/** Who gave a password; 0 for nobody. */
export let user: i32 = 0;
/** The slot, 1 to 8, that was chosen. */
export let slot: i32 = 0;
/** The table's generation that the person saw when a change began. */
export let seen: u32 = 0;
/** What a password is asked for, and whose. */
export let wanted: i32 = Page.Main;
export let asked: i32 = MenuUser.Operator;
/** What a message says: a text, or minus a refusal; and a slot or seconds, or 0. */
export let said: i32 = 0;
export let detail: i32 = 0;
/** Where a message leads. */
let next: i32 = Page.Main;

export function goTo(to: i32): void {
  page = to;
  scrollTo(0);
}

/** Back to the main screen: nobody's password counts any more. */
export function goHome(): void {
  user = slot = 0;
  wipeTyped();
  goTo(Page.Main);
}

/** Cancel. */
export function goBack(): void {
  const from = page;
  wipeTyped();
  if (from == Page.Password) return goTo(parentOf(wanted));
  if (from == Page.Message) return goTo(next);
  const to = parentOf(from);
  if (to == Page.Main) goHome();
  else goTo(to);
}

export function choose(index: i32): void {
  slot = index;
}

/** A change begins: it counts only if the table is still this one when it ends. */
export function beginChange(): void {
  seen = generation;
}

export function setUser(who: i32): void {
  user = who;
}

export function askPassword(page: i32, who: i32): void {
  wanted = page;
  asked = who;
  wipeTyped();
  goTo(Page.Password);
}

export function askOther(): void {
  asked = asked == MenuUser.Operator ? MenuUser.Administrator : MenuUser.Operator;
}

/** Shows a text, and then `then`. */
export function say(text: i32, number: i32, then: i32): void {
  hal.beep(Beep.Done);
  show(text, number, then);
}

function show(text: i32, number: i32, then: i32): void {
  said = text;
  detail = number;
  next = then;
  goTo(Page.Message);
}

/** Shows why something was refused, and then `then`. */
export function refuse(refusal: Refusal, number: i32, then: i32): void {
  hal.beep(Beep.Refused);
  show(-(<i32>refusal), number, then);
}

export function forbid(then: i32): void {
  hal.beep(Beep.Refused);
  show(Text.NotAllowed, 0, then);
}
