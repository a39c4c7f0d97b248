import { Field, hasFields, numberOf, readFields } from '../cbor/fields';
import { putArray, putBool, putField, putMap, putUnsigned, putWord } from '../cbor/writer';
import { Outcome, refused } from '../outcome';
import { EnumerationCommand, EnumerationRc, Group, Op, Rc } from '../protocol';

/** The groups of this terminal; docs/PROTOCOL.md lists them in this order. */
const GROUPS: u32 = 6;

function groupAt(index: u32): u32 {
  switch (index) {
    case 0:
      return Group.Os;
    case 1:
      return Group.Stat;
    case 2:
      return Group.Enumeration;
    case 3:
      return Group.Session;
    case 4:
      return Group.Card;
    default:
      return Group.Screen;
  }
}

/** Handler of group 10; see `reply` in dispatch.ts. */
export function enumerationCommand(op: i32, command: i32): Outcome {
  if (op != Op.Read) return Rc.NotSupported;
  if (command == EnumerationCommand.Count) return count();
  if (command == EnumerationCommand.List) return list();
  return command == EnumerationCommand.Single ? single() : Rc.NotSupported;
}

function count(): Outcome {
  const rc = readFields(Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  putMap(1);
  putField(word('count'), GROUPS);
  return Rc.Ok;
}

function list(): Outcome {
  const rc = readFields(Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  putMap(1);
  putWord(word('groups'));
  putArray(GROUPS);
  for (let index: u32 = 0; index < GROUPS; index++) putUnsigned(groupAt(index));
  return Rc.Ok;
}

function single(): Outcome {
  const rc = readFields(Field.Index | Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  const index = hasFields(Field.Index) ? numberOf(Field.Index) : 0;
  if (index > u16.MAX_VALUE) return Rc.Invalid;
  if (index >= GROUPS) return refused(EnumerationRc.IndexTooLarge, 0);
  const isLast = index == GROUPS - 1;
  putMap(isLast ? 2 : 1);
  putField(word('group'), groupAt(index));
  if (isLast) {
    putWord(word('end'));
    putBool(true);
  }
  return Rc.Ok;
}
