import { Text } from '../../build/generated/menu';
import * as hal from '../hal';
import { lifeCycle } from '../lifecycle/life-cycle';
import { SHOP } from '../policy/content';
import { FlashState, LifeCycle, Size } from '../protocol';
import { state } from '../store/journal';
import { isEmpty, slotAt } from '../store/slots';
import { REPLY } from '../scratch';
import { formatDateTime } from '../text/date-time';
import { putCall } from './call';
import { putParagraph } from './canvas';
import { abnormal } from './check-page';
import { add, addNumber, addPolicyText, addSpaces } from './paragraph';
import { addText } from './texts';

const DATE_BYTES: i32 = 10;
const MINUTE_MS: i64 = 60_000;

const TIME: usize = memory.data(8, 8);

/** The shop's name, clock, cards, and whom to call. */
export function drawMain(): void {
  if (addPolicyText(SHOP) > 0) putParagraph();
  if (hal.rtc_get(TIME) >= 0) {
    formatDateTime(load<i64>(TIME), REPLY);
    add(REPLY, DATE_BYTES);
    addSpaces(1);
    add(REPLY + DATE_BYTES + 1, 5);
    putParagraph();
  }
  const wrong = !addState();
  putParagraph();
  if (wrong) {
    addText(Text.CallBank);
    putParagraph();
  }
  putCall();
}

/** The state in one line. Returns whether it is a good one. */
function addState(): bool {
  const life = lifeCycle();
  if (life == LifeCycle.Tampered) {
    addText(Text.WasTampered);
    return false;
  }
  if (life == LifeCycle.Virgin) {
    addText(Text.NoKey);
    return false;
  }
  const bad = abnormal();
  if (bad != 0) {
    addText(Text.Card);
    addSpaces(1);
    addNumber(ctz(bad) + 1);
    addSpaces(1);
    addText(Text.Damaged);
    return false;
  }
  if (state != FlashState.Ready && state != FlashState.Blank && state != FlashState.Worn) {
    addText(Text.TableBad);
    return false;
  }
  const cards = boundCards();
  if (cards == 0) addText(Text.NoCards);
  else {
    addNumber(cards);
    addSpaces(1);
    addText(cards == 1 ? Text.OneCardNormal : Text.CardsNormal);
  }
  return true;
}

function boundCards(): i32 {
  let cards = 0;
  for (let index = 0; index < Size.Slots; index++) {
    if (!isEmpty(slotAt(index))) cards++;
  }
  return cards;
}

/** Milliseconds until the clock shows another minute; -1 without a clock. */
export function untilNextMinute(): i32 {
  if (hal.rtc_get(TIME) < 0) return -1;
  return <i32>(MINUTE_MS - (load<i64>(TIME) % MINUTE_MS));
}
