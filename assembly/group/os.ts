import { RELEASE } from '../../build/generated/version';
import { bytesOf, Field, hasFields, pointerOf, readFields } from '../cbor/fields';
import { putField, putLongField, putMap, putRom, putText, putWord } from '../cbor/writer';
import * as hal from '../hal';
import { wantRestart } from '../lifecycle/restart';
import { redraw } from '../menu/menu';
import { Outcome, refused } from '../outcome';
import { Op, OsCommand, OsRc, Rc, RuntimeText, Size } from '../protocol';
import { REPLY } from '../scratch';
import { DATE_TIME_BYTES, formatDateTime, parseDateTime } from '../text/date-time';
import { copyRom } from '../text/rom';
import { runtimeText } from '../text/runtime';

/** Handler of group 0; see `reply` in dispatch.ts. */
export function osCommand(op: i32, command: i32): Outcome {
  const read = op == Op.Read;
  if (command == OsCommand.Echo) return echo();
  if (command == OsCommand.DateTime) return read ? getDateTime() : setDateTime();
  if (command == OsCommand.Reset && !read) return reset();
  if (command == OsCommand.Params && read) return params();
  if (command == OsCommand.Info && read) return info();
  if (command == OsCommand.Bootloader && read) return bootloader();
  return Rc.NotSupported;
}

function echo(): Outcome {
  const rc = readFields(Field.Echo | Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  putMap(1);
  putWord(word('r'));
  // Zephyr echoes an empty text if there is none.
  if (hasFields(Field.Echo)) putText(pointerOf(Field.Echo), bytesOf(Field.Echo));
  else putText(0, 0);
  return Rc.Ok;
}

const CLOCK: usize = memory.data(8, 8);

function getDateTime(): Outcome {
  const rc = readFields(Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  if (hal.rtc_get(CLOCK) < 0) return refused(OsRc.RtcNotSet, 0);
  putMap(1);
  putWord(word('datetime'));
  formatDateTime(load<i64>(CLOCK), REPLY);
  putText(REPLY, DATE_TIME_BYTES);
  return Rc.Ok;
}

function setDateTime(): Outcome {
  const rc = readFields(Field.DateTime | Field.Others, 0);
  if (rc != Rc.Ok || !hasFields(Field.DateTime)) return Rc.Invalid;
  const time = parseDateTime(pointerOf(Field.DateTime), bytesOf(Field.DateTime));
  if (time < 0) return Rc.Invalid;
  store<i64>(CLOCK, time);
  if (hal.rtc_set(CLOCK) < 0) return refused(OsRc.RtcCommandFailed, 0);
  redraw();
  putMap(0);
  return Rc.Ok;
}

function reset(): Outcome {
  const rc = readFields(Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  wantRestart();
  putMap(0);
  return Rc.Ok;
}

function params(): Outcome {
  const rc = readFields(Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  putMap(2);
  putField(word('buf_size'), Size.Packet);
  putLongField(rom('buf_count'), 1);
  return Rc.Ok;
}

const INFO_PARTS: i32 = 9;
const ALL_PARTS: i32 = (1 << INFO_PARTS) - 1;
const SPACE: u32 = 0x20;

function info(): Outcome {
  const rc = readFields(Field.Format | Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  const wanted = hasFields(Field.Format) ? partsWanted(pointerOf(Field.Format), bytesOf(Field.Format)) : 1;
  if (wanted < 0) return refused(OsRc.InvalidFormat, 0);
  let bytes = 0;
  for (let part = 0; part < INFO_PARTS; part++) {
    if ((wanted & (1 << part)) == 0) continue;
    if (bytes > 0) store<u8>(REPLY + bytes++, SPACE);
    bytes += putPart(part, REPLY + bytes);
  }
  putMap(1);
  putWord(word('output'));
  putText(REPLY, bytes);
  return Rc.Ok;
}

/**
 * The parts of `info` that the letters ask for, a bit each; below zero for a letter that means
 * none.
 */
function partsWanted(letters: usize, count: i32): i32 {
  let wanted = 0;
  for (let i = 0; i < count; i++) {
    const letter: u32 = load<u8>(letters + i);
    const part = partOf(letter);
    if (letter == word('a')) wanted = ALL_PARTS;
    else if (part >= 0) wanted |= 1 << part;
    else return -1;
  }
  return wanted == 0 ? 1 : wanted;
}

/**
 * Place of a letter among `snrvbmpio`; the reply has the parts in that order, however they are
 * asked for.
 */
function partOf(letter: u32): i32 {
  if (letter == word('o')) return INFO_PARTS - 1;
  for (let part = 0; part < INFO_PARTS - 1; part++) {
    if (((word('snrvbmpi') >> (part << 3)) & 0xff) == letter) return part;
  }
  return -1;
}

/** Writes a part of `info`. Returns its bytes. */
function putPart(part: i32, out: usize): i32 {
  switch (part) {
    case 1:
      return max(hal.serial_number(out, Size.SerialMax), 0);
    case 2:
      return copyRom(RELEASE, out);
    case 3:
      return copyRom(rom('1'), out);
    case 4:
      return copyRom(rom('unknown'), out);
    case 5:
      return runtimeText(RuntimeText.Architecture, out);
    case 6:
      return runtimeText(RuntimeText.Processor, out);
    case 7:
      return runtimeText(RuntimeText.Board, out);
    default:
      return copyRom(rom('octobind'), out);
  }
}

function bootloader(): Outcome {
  const rc = readFields(Field.Query | Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  if (hasFields(Field.Query)) return refused(OsRc.QueryYieldsNoAnswer, 0);
  putMap(1);
  putRom(rom('bootloader'));
  putWord(word('none'));
  return Rc.Ok;
}
