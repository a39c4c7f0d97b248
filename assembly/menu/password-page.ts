import { Text } from '../../build/generated/menu';
import { tryPassword } from '../keys/passwords';
import { codeOf, detailOf } from '../outcome';
import { Key, MenuUser, Rc, Refusal, Size } from '../protocol';
import { openPage } from './access';
import { putInput, putParagraph } from './canvas';
import { askOther, asked, goBack, page, refuse, setUser, wanted } from './place';
import { addText, Opener, openerOf } from './texts';
import { addTyped, TYPED, typed, typeKey, wipeTyped } from './typed';

export function drawPassword(): void {
  addText(asked == MenuUser.Operator ? Text.Operator : Text.Administrator);
  putParagraph();
  addTyped(true);
  putInput();
  if (openerOf(wanted) != Opener.Operator) return;
  addText(Text.AlphaSwaps);
  putParagraph();
}

export function passwordKey(key: i32): void {
  if (typeKey(key, Size.PasswordMax)) return;
  if (key == Key.Alpha && openerOf(wanted) == Opener.Operator) return askOther();
  if (key != Key.Enter) return;
  const outcome = typed < Size.PasswordMin ? -(<i64>Refusal.PasswordShape) : tryPassword(asked, TYPED, typed);
  wipeTyped();
  if (outcome == Rc.Ok) {
    setUser(asked);
    return openPage(wanted);
  }
  const again = page;
  if (outcome > 0) return goBack();
  refuse(codeOf(outcome) as Refusal, (detailOf(outcome) + 999) / 1000, again);
}
