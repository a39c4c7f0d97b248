import { bytesOf, Field, hasFields, pointerOf, readFields } from '../cbor/fields';
import { putArray, putField, putLongField, putMap, putRom, putWord } from '../cbor/writer';
import * as hal from '../hal';
import { bootBytesRead } from '../lifecycle/boot';
import * as frame from '../link/frame';
import { headerErrors } from '../link/packet';
import * as send from '../link/send';
import { Outcome, refused } from '../outcome';
import { Op, Rc, StatCommand, StatRc } from '../protocol';
import * as channel from '../session/channel';
import * as flash from '../store/flash';
import { freeFrames, retired, sequence, state } from '../store/journal';
import { wordOf } from '../text/words';

/** Handler of group 2; see `reply` in dispatch.ts. */
export function statCommand(op: i32, command: i32): Outcome {
  if (op != Op.Read) return Rc.NotSupported;
  if (command == StatCommand.Show) return show();
  if (command == StatCommand.List) return list();
  return Rc.NotSupported;
}

function list(): Outcome {
  const rc = readFields(Field.Others, 0);
  if (rc != Rc.Ok) return rc;
  putMap(1);
  putRom(rom('stat_list'));
  putArray(4);
  putWord(word('link'));
  putWord(word('flash'));
  putWord(word('session'));
  putWord(word('boot'));
  return Rc.Ok;
}

function show(): Outcome {
  const rc = readFields(Field.Name | Field.Others, 0);
  if (rc != Rc.Ok || !hasFields(Field.Name)) return Rc.Invalid;
  const name = wordOf(pointerOf(Field.Name), bytesOf(Field.Name));
  const known = name == word('link') || name == word('flash') || name == word('session') || name == word('boot');
  if (!known) return refused(StatRc.InvalidGroup, 0);
  putMap(2);
  putWord(word('name'));
  putWord(name);
  putWord(word('fields'));
  if (name == word('link')) putLinkFields();
  else if (name == word('flash')) putFlashFields();
  else if (name == word('session')) putSessionFields();
  else putBootFields();
  return Rc.Ok;
}

function putLinkFields(): void {
  putMap(10);
  putField(word('rx_bytes'), frame.bytesReceived);
  putLongField(rom('rx_frames'), frame.framesReceived);
  putField(word('tx_bytes'), send.bytesSent);
  putLongField(rom('tx_frames'), send.framesSent);
  putLongField(rom('err_base64'), frame.base64Errors);
  putLongField(rom('err_length'), frame.lengthErrors);
  putField(word('err_crc'), frame.crcErrors);
  putLongField(rom('err_header'), headerErrors);
  putField(word('overrun'), frame.overruns);
  putField(word('expired'), frame.expiries);
}

function putFlashFields(): void {
  putMap(10);
  putField(word('state'), state);
  putLongField(rom('read_bytes'), flash.bytesRead);
  putLongField(rom('boot_read_bytes'), bootBytesRead);
  putField(word('programs'), flash.programs);
  putLongField(rom('program_bytes'), flash.bytesProgrammed);
  putField(word('erases'), flash.erases);
  putField(word('failures'), flash.failures);
  putField(word('sequence'), sequence);
  putLongField(rom('free_frames'), freeFrames());
  putField(word('retired'), popcnt(retired));
}

function putSessionFields(): void {
  putMap(7);
  putField(word('opened'), channel.opened);
  putField(word('messages'), channel.messages);
  putField(word('err_auth'), channel.authErrors);
  putField(word('replayed'), channel.replays);
  putField(word('skipped'), channel.skipped);
  putField(word('expired'), channel.expiries);
  putField(word('err_open'), channel.openErrors);
}

function putBootFields(): void {
  putMap(4);
  putField(word('cause'), hal.reset_cause());
  putField(word('failures'), hal.failures());
  putLongField(rom('last_failure'), hal.last_failure());
  putLongField(rom('failed_at'), hal.failed_at());
}
