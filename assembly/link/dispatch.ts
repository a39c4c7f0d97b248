import { cardCommand } from '../group/card';
import { osCommand } from '../group/os';
import { statCommand } from '../group/stat';
import { Group, Op, Rc, Size } from '../protocol';
import { packetBytes, PACKET } from './frame';
import { putRefusal } from './refusal';
import { startReading } from './reader';
import { ANSWER, ANSWER_BYTES, sendAnswer } from './send';
import { overflowed, putField, putMap, startWriting, written } from './writer';

/** Packets that were dropped for what their header says. */
export let headerErrors: u32 = 0;

export function startDispatching(): void {
  headerErrors = 0;
}

// An SMP header: docs/PROTOCOL.md, "Packet".
const OP: usize = 0;
const FLAGS: usize = 1;
const LENGTH: usize = 2;
const GROUP: usize = 4;
const SEQUENCE: usize = 6;
const COMMAND: usize = 7;
const VERSION_MASK: u32 = 0x18;
const OP_MASK: u32 = 0x07;
const VERSION_2: u32 = 0x08;

/**
 * Works on the packet received and sends the answer, if it is a request.
 *
 * A group's handler writes its answer's map and returns 0, or returns an SMP result code, or minus a result code of the group,
 * in which case what it wrote is dropped.
 */
export function answerPacket(): void {
  const op: u32 = load<u8>(PACKET + OP);
  const length: i32 = bswap(load<u16>(PACKET + LENGTH));
  const request = (op & OP_MASK) == Op.Read || (op & OP_MASK) == Op.Write;
  if (!request || length != packetBytes - Size.SmpHeader) {
    headerErrors++;
    return;
  }
  const group: i32 = bswap(load<u16>(PACKET + GROUP));
  startReading(PACKET + Size.SmpHeader, length);
  startAnswer();
  let rc = handle(group, op & OP_MASK, load<u8>(PACKET + COMMAND));
  if (rc == Rc.Ok && overflowed) rc = Rc.TooLong;
  if (rc != Rc.Ok) {
    startAnswer();
    if (rc > 0) putSmpError(rc);
    else putRefusal((op & VERSION_MASK) >= VERSION_2, group, -rc);
  }
  const body = written();
  store<u8>(ANSWER + OP, (op & VERSION_MASK) | ((op & OP_MASK) + 1));
  store<u8>(ANSWER + FLAGS, 0);
  store<u16>(ANSWER + LENGTH, bswap<u16>(<u16>body));
  store<u16>(ANSWER + GROUP, load<u16>(PACKET + GROUP));
  store<u8>(ANSWER + SEQUENCE, load<u8>(PACKET + SEQUENCE));
  store<u8>(ANSWER + COMMAND, load<u8>(PACKET + COMMAND));
  sendAnswer(Size.SmpHeader + body);
}

function startAnswer(): void {
  startWriting(ANSWER + Size.SmpHeader, ANSWER_BYTES - Size.SmpHeader);
}

function handle(group: i32, op: i32, command: i32): i32 {
  if (group == Group.Os) return osCommand(op, command);
  if (group == Group.Stat) return statCommand(op, command);
  if (group == Group.Card) return cardCommand(op, command);
  return Rc.NotSupported;
}

function putSmpError(rc: i32): void {
  putMap(1);
  putField('rc', rc);
}
