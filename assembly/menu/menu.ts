import { Page } from '../../build/generated/menu';
import { now } from '../clock';
import * as hal from '../hal';
import { Beep, Key } from '../protocol';
import { generation, state } from '../store/journal';
import { openPage } from './access';
import * as adding from './add-pages';
import * as canvas from './canvas';
import { hasScreen, putTitle, scroll, scrollTo, startCanvas } from './canvas';
import * as check from './check-page';
import { hasKey, startKeys, takeKey } from './keys';
import { drawList, listKey } from './list-page';
import { drawMain, untilNextMinute } from './main-page';
import { drawMessage } from './message-page';
import { drawName } from './name-page';
import { drawPassword, passwordKey } from './password-page';
import { goBack, goHome, page } from './place';
import { readSettings } from './settings';
import * as settings from './settings-pages';
import * as slots from './slot-pages';
import { addTitle } from './texts';
import { dark, setDark } from './typed';

// What a person sees and does. `pollMenu` takes one key at a time, and draws what has changed.

const DARK_MS: u32 = 30_000;
const HOME_MS: u32 = 60_000;

/** When the last key came. */
let since: u32 = 0;
/** The screen may not show what is true. */
let stale: bool = true;
/** What the screen was drawn of. */
let drawnGeneration: u32 = 0;
let drawnState: i32 = 0;
/** When the minute on the main screen is over, if there is a clock. */
let minuteEnds: u32 = 0;
let hasClock: bool = false;

export function startMenu(): void {
  startCanvas();
  startKeys();
  check.startChecks();
  adding.wipeAdding();
  goHome();
  if (hasScreen()) readSettings();
  stale = true;
}

/** The clock, a password, a key or the policy changed: what is shown may be of before. */
export function redraw(): void {
  stale = true;
}

/** Milliseconds until it must be called again; -1 if only a key or the line brings something. */
export function pollMenu(): i32 {
  if (!hasScreen()) return -1;
  const key = takeKey();
  if (key >= 0) {
    since = now;
    hal.beep(Beep.Key);
    setDark(false);
    onKey(key);
    stale = true;
  } else if (check.isChecking()) {
    check.checkNext();
    stale = true;
  }
  const wait = leaveAlone();
  if (generation != drawnGeneration || state != drawnState) stale = true;
  drawnGeneration = generation;
  drawnState = state;
  if (stale) draw(false);
  return hasKey() || check.isChecking() ? 0 : wait;
}

/** Draws the page, into a reply if somebody reads it. */
export function draw(asReply: bool): void {
  if (!asReply) {
    stale = false;
    if (page == Page.Code && settings.showCode()) return;
  }
  do {
    canvas.startPage(asReply);
    drawBody();
  } while (!canvas.endBody());
  addTitle(page);
  putTitle();
}

/** After a while without a key, what is typed goes dark, then the main screen comes back. */
function leaveAlone(): i32 {
  if (page == Page.Main) {
    if (stale || (hasClock && <i32>(now - minuteEnds) >= 0)) readMinute();
    return hasClock ? minuteEnds - now : -1;
  }
  if (check.isChecking()) return 0;
  const alone = now - since;
  if (alone >= HOME_MS) {
    leavePage();
    adding.wipeAdding();
    goHome();
    readMinute();
    return hasClock ? minuteEnds - now : -1;
  }
  if (alone < DARK_MS) return DARK_MS - alone;
  if (!dark) {
    setDark(true);
    stale = true;
  }
  return HOME_MS - alone;
}

/** The main screen must be drawn, and again when its minute is over. */
function readMinute(): void {
  const wait = untilNextMinute();
  hasClock = wait >= 0;
  minuteEnds = now + wait;
  stale = true;
}

function leavePage(): void {
  check.leaveCheck();
  settings.leaveSelfTest();
}

function onKey(key: i32): void {
  if (key == Key.Cancel) return cancel();
  if (page == Page.Message) return goBack();
  if (key == Key.Up && !takesArrows(page)) return scrollTo(scroll - 1);
  if (key == Key.Down && !takesArrows(page)) return scrollTo(scroll + 1);
  const before = page;
  takeKeyOn(key);
  if (page == Page.AddNumber && before != Page.AddNumber && before != Page.AddName && before != Page.Message) {
    adding.beginAdding();
  }
}

/** On the other pages, they scroll. */
function takesArrows(at: i32): bool {
  return at == Page.Contrast || at == Page.AddName;
}

function cancel(): void {
  leavePage();
  if (isAdding(page)) return adding.backFrom(page);
  goBack();
}

function isAdding(at: i32): bool {
  return at == Page.AddNumber || at == Page.AddName || at == Page.AddRole || at == Page.AddSummary;
}

function takeKeyOn(key: i32): void {
  switch (page) {
    case Page.Main:
      if (key == Key.Menu || key == Key.Enter) openPage(Page.Settings);
      break;
    case Page.Settings:
    case Page.Cards:
      listKey(key);
      break;
    case Page.Language:
      settings.languageKey(key);
      break;
    case Page.Contrast:
      settings.contrastKey(key);
      break;
    case Page.SelfTest:
      settings.selfTestKey(key);
      break;
    case Page.Slots:
    case Page.Remove:
      slots.slotsKey(key);
      break;
    case Page.RemoveAsk:
    case Page.RemoveSure:
      slots.removalKey(key);
      break;
    case Page.Check:
      check.checkKey(key);
      break;
    case Page.AddNumber:
      adding.numberKey(key);
      break;
    case Page.AddName:
      adding.nameKeyOn(key);
      break;
    case Page.AddRole:
      adding.roleKey(key);
      break;
    case Page.AddSummary:
      adding.summaryKey(key);
      break;
    case Page.Password:
      passwordKey(key);
      break;
    default:
  }
}

function drawBody(): void {
  switch (page) {
    case Page.Main:
      return drawMain();
    case Page.Settings:
    case Page.Cards:
      return drawList();
    case Page.Information:
      return settings.drawInformation();
    case Page.Code:
      return settings.drawCode();
    case Page.Language:
      return settings.drawLanguage();
    case Page.Contrast:
      return settings.drawContrast();
    case Page.SelfTest:
      return settings.drawSelfTest();
    case Page.Slots:
    case Page.Remove:
      return slots.drawSlots();
    case Page.Slot:
      return slots.drawSlot();
    case Page.RemoveAsk:
    case Page.RemoveSure:
      return slots.drawRemoval();
    case Page.Check:
      return check.drawCheck();
    case Page.AddNumber:
      return adding.drawNumber();
    case Page.AddName:
      return drawName();
    case Page.AddRole:
      return adding.drawRole();
    case Page.AddSummary:
      return adding.drawSummary();
    case Page.Password:
      return drawPassword();
    case Page.Message:
      return drawMessage();
    default:
  }
}
