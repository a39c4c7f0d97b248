import { Text } from '../../build/generated/menu';
import { CONTACT_EN, CONTACT_ZH, PHONE } from '../policy/content';
import { putParagraph } from './canvas';
import { addPolicyText, addSpaces } from './paragraph';
import { language, Language } from './settings';
import { addText } from './texts';

/** Whom to call, if the bank's policy names somebody: the number first, since it is short. */
export function putCall(): void {
  if (addPolicyText(PHONE) > 0) {
    addSpaces(1);
    addText(Text.Call);
    putParagraph();
  }
  if (addPolicyText(language == Language.Chinese ? CONTACT_ZH : CONTACT_EN) > 0) putParagraph();
}
