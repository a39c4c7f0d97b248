import { RELEASE } from '../../build/generated/version';
import * as hal from '../hal';
import { formatDateTime, parseDateTime, DATE_TIME_BYTES } from './datetime';
import { Op, OsCommand, OsRc, Rc, Size } from '../protocol';
import { bad, more, next, openBody, readText, finished, skip, stringBytes, stringIs, stringPtr } from '../link/reader';
import { putField, putLiteral, putMap, putText } from '../link/writer';

/** The answer to a reset has been written: restart once it is sent. */
export let resetWanted: bool = false;

export function startOs(): void {
  resetWanted = false;
}

/** Handler of group 0; see `answerPacket`. */
export function osCommand(op: i32, command: i32): i32 {
  const read = op == Op.Read;
  if (command == OsCommand.Echo) return echo();
  if (command == OsCommand.DateTime) return read ? getDateTime() : setDateTime();
  if (command == OsCommand.Reset && !read) return reset();
  if (command == OsCommand.Params && read) return params();
  if (command == OsCommand.Info && read) return info();
  if (command == OsCommand.Bootloader && read) return bootloader();
  return Rc.NotSupported;
}

/** The text last asked for with `readField`; its length is -1 where the request has no such field. */
let fieldPtr: usize = 0;
let fieldBytes: i32 = 0;

/** Reads a request whose only field of interest is a text, or none for ''. False where it is malformed. Other fields are passed over. */
function readField(key: string): bool {
  fieldBytes = -1;
  for (let left = openBody(); more(left); left = next(left)) {
    readText();
    if (bad) break;
    if (key.length == 0 || !stringIs(key)) {
      skip();
    } else {
      if (fieldBytes >= 0) return false;
      readText();
      fieldPtr = stringPtr;
      fieldBytes = stringBytes;
    }
  }
  return finished();
}

function echo(): i32 {
  if (!readField('d')) return Rc.Invalid;
  putMap(1);
  putLiteral('r');
  putText(fieldPtr, max(fieldBytes, 0)); // Zephyr echoes nothing where there is nothing
  return Rc.Ok;
}

const CLOCK: usize = memory.data(8);
const TEXT: usize = memory.data(96);

function getDateTime(): i32 {
  if (!readField('')) return Rc.Invalid;
  const result = hal.rtc_get(CLOCK);
  if (result < 0) return -OsRc.RtcNotSet;
  putMap(1);
  putLiteral('datetime');
  formatDateTime(load<i64>(CLOCK), TEXT);
  putText(TEXT, DATE_TIME_BYTES);
  return Rc.Ok;
}

function setDateTime(): i32 {
  if (!readField('datetime') || fieldBytes < 0) return Rc.Invalid;
  const time = parseDateTime(fieldPtr, fieldBytes);
  if (time < 0) return -OsRc.InvalidFormat;
  store<i64>(CLOCK, time);
  if (hal.rtc_set(CLOCK) < 0) return -OsRc.RtcCommandFailed;
  putMap(0);
  return Rc.Ok;
}

function reset(): i32 {
  if (!readField('')) return Rc.Invalid;
  resetWanted = true;
  putMap(0);
  return Rc.Ok;
}

function params(): i32 {
  if (!readField('')) return Rc.Invalid;
  putMap(2);
  putField('buf_size', Size.Packet);
  putField('buf_count', 1);
  return Rc.Ok;
}

/** Order in which the parts of `info` are answered, whatever order they are asked in. */
const INFO_LETTERS: string = 'snrvbmpio';

function info(): i32 {
  if (!readField('format')) return Rc.Invalid;
  let wanted = 0;
  for (let i = 0; i < fieldBytes; i++) {
    const letter: i32 = load<u8>(fieldPtr + i);
    const index = indexOfLetter(letter);
    if (letter == 0x61) wanted = (1 << INFO_LETTERS.length) - 1;
    else if (index >= 0) wanted |= 1 << index;
    else return -OsRc.InvalidFormat;
  }
  if (wanted == 0) wanted = 1;
  let bytes = 0;
  for (let i = 0; i < INFO_LETTERS.length; i++) {
    if ((wanted & (1 << i)) == 0) continue;
    if (bytes > 0) store<u8>(TEXT + bytes++, 0x20);
    bytes += putPart(i, TEXT + bytes);
  }
  putMap(1);
  putLiteral('output');
  putText(TEXT, bytes);
  return Rc.Ok;
}

function indexOfLetter(letter: i32): i32 {
  for (let i = 0; i < INFO_LETTERS.length; i++) {
    if (INFO_LETTERS.charCodeAt(i) == letter) return i;
  }
  return -1;
}

/** Writes the part that stands at `index` of `INFO_LETTERS`; answers its bytes. */
function putPart(index: i32, out: usize): i32 {
  switch (index) {
    case 1:
      return max(hal.serial_number(out, Size.SerialMax), 0);
    case 2:
      return copyText(RELEASE, out);
    case 3:
      return copyText('1', out);
    case 4:
      return copyText('unknown', out);
    case 5:
      return copyText('terminal', out);
    case 6:
      return copyText('wasm32', out);
    case 7:
      store<u8>(out + copyText('hal', out), 0x30 + Size.HalVersion);
      return 4;
    default:
      return copyText('octobind', out);
  }
}

function copyText(text: string, out: usize): i32 {
  for (let i = 0; i < text.length; i++) store<u8>(out + i, text.charCodeAt(i));
  return text.length;
}

function bootloader(): i32 {
  if (!readField('query')) return Rc.Invalid;
  if (fieldBytes >= 0) return -OsRc.QueryYieldsNoAnswer;
  putMap(1);
  putLiteral('bootloader');
  putLiteral('none');
  return Rc.Ok;
}
