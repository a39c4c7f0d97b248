import { Text } from '../../build/generated/menu';
import { Refusal } from '../protocol';
import { putCall } from './call';
import { putParagraph } from './canvas';
import { addNumber, addSpaces } from './paragraph';
import { detail, said } from './place';
import { addRefusal, addText } from './texts';

/** What was done, or why not. Any key goes on. */
export function drawMessage(): void {
  if (said >= 0) {
    addText(said);
    if (detail != 0) {
      addSpaces(1);
      addText(Text.InSlot);
      addSpaces(1);
      addNumber(detail);
    }
    return putParagraph();
  }
  addRefusal(-said);
  putParagraph();
  if (-said == Refusal.TooSoon) {
    addNumber(detail);
    addSpaces(1);
    addText(Text.Seconds);
    return putParagraph();
  }
  putCall();
}
