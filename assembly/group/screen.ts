import { Field, numberOf, readFields } from '../cbor/fields';
import { putArray, putField, putMap, putNull, putUnsigned, putWord } from '../cbor/writer';
import * as hal from '../hal';
import { hasLiveKey } from '../lifecycle/life-cycle';
import { changes, columns, cursorColumn, cursorRow, hasScreen, rows } from '../menu/canvas';
import { pressKey } from '../menu/keys';
import { draw } from '../menu/menu';
import { Outcome, refused } from '../outcome';
import { Key, Op, Rc, ScreenCommand } from '../protocol';
import { lockedOut } from './session';

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
  putMap(5);
  putField(word('columns'), columns);
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

/** Only a bench terminal takes keys from the line. */
function press(): Outcome {
  const rc = readFields(Field.Number, Field.Number);
  if (rc != Rc.Ok) return rc;
  if (hal.bench() != 1) return Rc.AccessDenied;
  const key = numberOf(Field.Number);
  if (key > <u32>Key.ClearAll) return Rc.Invalid;
  if (!pressKey(key)) return Rc.Busy;
  putMap(0);
  return Rc.Ok;
}
