import { Page } from '../../build/generated/menu';
import * as hal from '../hal';
import { whoAdds, whoRemoves } from '../policy/rules';
import { Keyholder, MenuUser } from '../protocol';
import { askPassword, forbid, goTo, page, user } from './place';
import { Opener, openerOf } from './texts';

// Who may open which page.

export function hasPasswords(): bool {
  return hal.password_present(MenuUser.Operator) > 0 && hal.password_present(MenuUser.Administrator) > 0;
}

/** As long as nobody has a password, only what harms nothing is offered. */
export function isOpenable(to: i32): bool {
  return hasPasswords() || openerOf(to) == Opener.Anybody || to == Page.Language;
}

/** Opens a page, or asks for the password that it needs. */
export function openPage(to: i32): void {
  const needed = whoOpens(to);
  if (needed == NOBODY) return forbid(page);
  if (needed > user && hasPasswords()) return askPassword(to, needed);
  goTo(to);
}

const NOBODY: i32 = 3;

/** 0 for anybody, a `MenuUser`, or `NOBODY`. */
function whoOpens(to: i32): i32 {
  const opener = openerOf(to);
  if (opener != Opener.Adder && opener != Opener.Remover) return opener;
  const holder = opener == Opener.Adder ? whoAdds : whoRemoves;
  return holder == Keyholder.Nobody ? NOBODY : holder;
}
