import { Text } from '../../build/generated/menu';
import { openSlot, SPOILED, wipeOpened } from '../card/seal';
import { Beep, Key, Size } from '../protocol';
import * as hal from '../hal';
import { damaged, generation } from '../store/journal';
import { isEmpty, slotAt } from '../store/slots';
import { putCall } from './call';
import { putParagraph } from './canvas';
import { addItem } from './list-page';
import { addNumber, addPoint, addSpaces } from './paragraph';
import { addText } from './texts';

// Opens each slot under its key, one in a poll, so that the line does not wait.

const IDLE: i32 = -1;
const SLASH: i32 = 0x2f;

/** The slot that is opened next; -1 if none is. */
let next: i32 = IDLE;
/** Slots that could not be opened when all were checked last, and the table's generation then. */
let spoiled: i32 = 0;
let checkedAt: u32 = 0;
let done: bool = false;

export function startChecks(): void {
  next = IDLE;
  spoiled = 0;
  done = false;
}

/** What is known to be abnormal: a bit for each slot. */
export function abnormal(): i32 {
  return damaged | (checkedAt == generation ? spoiled : 0);
}

export function isChecking(): bool {
  return next != IDLE;
}

export function leaveCheck(): void {
  next = IDLE;
  done = false;
}

/** Opens one slot. */
export function checkNext(): void {
  if (openSlot(next) == SPOILED) spoiled |= 1 << next;
  wipeOpened();
  if (++next < Size.Slots) return;
  next = IDLE;
  done = true;
  checkedAt = generation;
  hal.beep(abnormal() == 0 ? Beep.Done : Beep.Refused);
}

export function checkKey(key: i32): void {
  if (key != Key.Enter || isChecking()) return;
  next = spoiled = 0;
  done = false;
}

export function drawCheck(): void {
  if (!isChecking() && !done) {
    addText(Text.EnterStarts);
    putParagraph();
    return;
  }
  if (isChecking()) {
    addText(Text.Checking);
    addSpaces(1);
    addNumber(next);
    addPoint(SLASH);
    addNumber(Size.Slots);
    putParagraph();
  } else if (abnormal() == 0) {
    addText(Text.AllNormal);
    putParagraph();
  } else {
    addText(Text.CallBank);
    putParagraph();
    putCall();
  }
  const last = isChecking() ? next : <i32>Size.Slots;
  for (let index = 0; index < last; index++) {
    const bad = ((spoiled | damaged) >> index) & 1;
    if (!bad && isEmpty(slotAt(index))) continue;
    addItem(index + 1);
    addText(bad ? Text.Abnormal : Text.Normal);
    putParagraph();
  }
}
