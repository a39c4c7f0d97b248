import { Page, PAGE_COUNT, Text } from '../../build/generated/menu';
import { putParagraph } from './canvas';
import { addNumber, addPoint } from './paragraph';
import { page } from './place';
import { isOpenable, openPage } from './access';
import { addText, addTitle, isHidden, parentOf } from './texts';
import { hasPasswords } from './access';
import { isDigit } from './keys';

// A page that lists its pages: a digit opens one.

const HYPHEN: i32 = 0x2d;

export function drawList(): void {
  let number = 0;
  for (let item = nextItem(0); item < PAGE_COUNT; item = nextItem(item + 1)) {
    addItem(++number);
    addTitle(item);
    putParagraph();
  }
  if (hasPasswords()) return;
  addText(Text.SetByHost);
  putParagraph();
}

export function listKey(key: i32): void {
  if (!isDigit(key)) return;
  let number = 0;
  for (let item = nextItem(0); item < PAGE_COUNT; item = nextItem(item + 1)) {
    if (++number == key) return openPage(item);
  }
}

/** The first page from `from` on that this page lists. */
function nextItem(from: i32): i32 {
  let item = from;
  while (item < PAGE_COUNT && (item == Page.Main || parentOf(item) != page || isHidden(item) || !isOpenable(item)))
    item++;
  return item;
}

/** Begins a paragraph of a list: `n-`. */
export function addItem(number: i32): void {
  addNumber(number);
  addPoint(HYPHEN);
}
