import * as hal from '../hal';
import { Op, Rc, StatCommand, StatRc } from '../protocol';
import { headerErrors } from '../link/dispatch';
import * as frame from '../link/frame';
import { bad, finished, more, next, openBody, readText, skip, stringIs } from '../link/reader';
import * as send from '../link/send';
import { putArray, putField, putLiteral, putMap } from '../link/writer';
import * as channel from '../session/channel';
import * as flash from '../store/flash';
import { freeFrames, retired, sequence, state } from '../store/journal';

/** What is counted, in the order of the list. */
enum Counters {
  None = 0,
  Link = 1,
  Flash = 2,
  Session = 3,
  Boot = 4,
}

/** Bytes that mount read. */
let bootBytesRead: u32 = 0;

/** Called once the table is mounted. */
export function startStat(): void {
  bootBytesRead = flash.bytesRead;
}

/** Handler of group 2; see `answerPacket`. */
export function statCommand(op: i32, command: i32): i32 {
  if (op != Op.Read) return Rc.NotSupported;
  if (command == StatCommand.Show) return show();
  if (command == StatCommand.List) return list();
  return Rc.NotSupported;
}

function list(): i32 {
  for (let left = openBody(); more(left); left = next(left)) {
    readText();
    skip();
  }
  if (!finished()) return Rc.Invalid;
  putMap(1);
  putLiteral('stat_list');
  putArray(Counters.Boot);
  for (let counters = Counters.Link; counters <= Counters.Boot; counters++) putLiteral(nameOf(counters));
  return Rc.Ok;
}

function show(): i32 {
  let wanted = Counters.None;
  let named = false;
  for (let left = openBody(); more(left); left = next(left)) {
    readText();
    if (bad) break;
    if (!stringIs('name')) {
      skip();
    } else {
      if (named) return Rc.Invalid;
      named = true;
      readText();
      wanted = countersRead();
    }
  }
  if (!finished() || !named) return Rc.Invalid;
  if (wanted == Counters.None) return -StatRc.InvalidGroup;
  putMap(2);
  putLiteral('name');
  putLiteral(nameOf(wanted));
  putLiteral('fields');
  if (wanted == Counters.Link) putLinkFields();
  else if (wanted == Counters.Flash) putFlashFields();
  else if (wanted == Counters.Session) putSessionFields();
  else putBootFields();
  return Rc.Ok;
}

function nameOf(counters: Counters): string {
  if (counters == Counters.Link) return 'link';
  if (counters == Counters.Flash) return 'flash';
  return counters == Counters.Session ? 'session' : 'boot';
}

/** What the text that was read last names. */
function countersRead(): Counters {
  for (let counters = Counters.Link; counters <= Counters.Boot; counters++) {
    if (stringIs(nameOf(counters))) return counters;
  }
  return Counters.None;
}

function putLinkFields(): void {
  putMap(10);
  putField('rx_bytes', frame.bytesReceived);
  putField('rx_frames', frame.framesReceived);
  putField('tx_bytes', send.bytesSent);
  putField('tx_frames', send.framesSent);
  putField('err_base64', frame.base64Errors);
  putField('err_length', frame.lengthErrors);
  putField('err_crc', frame.crcErrors);
  putField('err_header', headerErrors);
  putField('overrun', frame.overruns);
  putField('expired', frame.expiries);
}

function putFlashFields(): void {
  putMap(10);
  putField('state', state);
  putField('read_bytes', flash.bytesRead);
  putField('boot_read_bytes', bootBytesRead);
  putField('programs', flash.programs);
  putField('program_bytes', flash.bytesProgrammed);
  putField('erases', flash.erases);
  putField('failures', flash.failures);
  putField('sequence', sequence);
  putField('free_frames', freeFrames());
  putField('retired', popcnt(retired));
}

function putSessionFields(): void {
  putMap(7);
  putField('opened', channel.opened);
  putField('messages', channel.messages);
  putField('err_auth', channel.authErrors);
  putField('replayed', channel.replays);
  putField('skipped', channel.skipped);
  putField('expired', channel.expiries);
  putField('err_open', channel.openErrors);
}

function putBootFields(): void {
  putMap(4);
  putField('cause', hal.reset_cause());
  putField('failures', hal.failures());
  putField('last_failure', hal.last_failure());
  putField('failed_at', hal.failed_at());
}
