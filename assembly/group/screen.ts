import { Field, isAnyGeneration, numberOf, readFields } from '../cbor/fields';
import { putArray, putField, putMap, putNull, putUnsigned, putWord } from '../cbor/writer';
import * as hal from '../hal';
import { hasLiveKey } from '../lifecycle/life-cycle';
import { changes, columns, cursorColumn, cursorRow, hasScreen } from '../menu/canvas';
import { pressKey } from '../menu/keys';
import { draw } from '../menu/menu';
import { Outcome, refused } from '../outcome';
import { Key, Op, Rc, Refusal, ScreenCommand } from '../protocol';
import { lockedOut } from './session';

/** Keys that came over the line since the terminal started. */
let presses: u32 = 0;

/**
 * Handler of group 67; see `reply` in dispatch.ts. A terminal without a live key shows nothing
 * that needs one, so it can be read in clear.
 */
export function screenCommand(op: i32, command: i32, inside: bool): Outcome {
  if (!inside && hasLiveKey()) return refused(lockedOut(), 0);
  if (!hasScreen()) return Rc.NotSupported;
  if (command == ScreenCommand.Read && op == Op.Read) return read();
  return command == ScreenCommand.Press && op == Op.Write ? press() : Rc.NotSupported;
}

function read(): Outcome {
  const rc = readFields(0, 0);
  if (rc != Rc.Ok) return rc;
  putMap(6);
  putField(word('columns'), columns);
  putField(word('gen'), presses);
  putField(word('changes'), changes);
  putField(word('bench'), hal.bench());
  putWord(word('rows'));
  draw(true);
  putWord(word('cursor'));
  if (cursorRow < 0) putNull();
  else {
    putArray(2);
    putUnsigned(cursorRow);
    putUnsigned(cursorColumn);
  }
  return Rc.Ok;
}

/**
 * Only a bench terminal takes keys from the line. The request names how many were pressed before,
 * so that its repeat presses nothing.
 */
function press(): Outcome {
  const needed: u32 = Field.Generation | Field.Number;
  const rc = readFields(needed, needed);
  if (rc != Rc.Ok) return rc;
  if (hal.bench() != 1) return Rc.AccessDenied;
  const key = numberOf(Field.Number);
  if (isAnyGeneration() || key > <u32>Key.ClearAll) return Rc.Invalid;
  const before = numberOf(Field.Generation);
  if (before + 1 != presses) {
    if (before != presses) return refused(Refusal.GenerationStale, 0);
    if (!pressKey(key)) return Rc.Busy;
    presses++;
  }
  putMap(1);
  putField(word('gen'), presses);
  return Rc.Ok;
}
