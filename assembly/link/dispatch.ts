import { cardCommand } from '../group/card';
import { osCommand } from '../group/os';
import { closeIfAsked, lockedOut, sessionCommand } from '../group/session';
import { bytesOf, Field, numberOf, pointerOf, readFields } from '../group/session-fields';
import { statCommand } from '../group/stat';
import { tamperStage } from '../keys';
import { Group, Op, Rc, Refusal, SessionCommand, Size, TamperStage } from '../protocol';
import { openMessage, sealAnswer } from '../session/channel';
import { packetBytes, PACKET } from './frame';
import { putRefusal, setRefusalSlot } from './refusal';
import { startReading } from './reader';
import { ANSWER, ANSWER_BYTES, sendAnswer } from './send';
import { overflowed, putBytes, putField, putLiteral, putMap, startWriting, written } from './writer';

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

/** What an answer to a message has before the sealed packet, at most: `{"n": u32, "d": bytes}` up to the bytes. */
const ENVELOPE: i32 = 13;

/** Works on the packet received and sends the answer, if it is a request. */
export function answerPacket(): void {
  const bytes = answer(PACKET, packetBytes, ANSWER, ANSWER_BYTES, false);
  if (bytes > 0) sendAnswer(bytes);
}

/**
 * Works on a packet, which came in clear or `inside` a session, and writes its answer of at most `room` bytes to `out`. Answers its bytes, 0 where
 * the packet is no request.
 *
 * A group's handler writes its answer's map and returns 0, or returns an SMP result code, or minus a result code of the group,
 * in which case what it wrote is dropped.
 */
function answer(packet: usize, bytes: i32, out: usize, room: i32, inside: bool): i32 {
  const op: u32 = bytes < Size.SmpHeader ? <u32>Op.ReadResponse : load<u8>(packet + OP);
  const request = (op & OP_MASK) == Op.Read || (op & OP_MASK) == Op.Write;
  if (!request || bswap(load<u16>(packet + LENGTH)) != <u16>(bytes - Size.SmpHeader)) {
    headerErrors++;
    return 0;
  }
  const group: i32 = bswap(load<u16>(packet + GROUP));
  const command: i32 = load<u8>(packet + COMMAND);
  const body = out + Size.SmpHeader;
  startReading(packet + Size.SmpHeader, bytes - Size.SmpHeader);
  startWriting(body, room - Size.SmpHeader);
  const sealed = group == Group.Session && command == SessionCommand.Message && !inside;
  let rc = sealed ? relay(op & OP_MASK, body, room - Size.SmpHeader) : handle(group, op & OP_MASK, command, inside);
  if (rc == Rc.Ok && overflowed) rc = Rc.TooLong;
  if (rc != Rc.Ok) {
    startWriting(body, room - Size.SmpHeader);
    if (rc > 0) putSmpError(rc);
    else putRefusal((op & VERSION_MASK) >= VERSION_2, group, -rc);
  }
  store<u8>(out + OP, (op & VERSION_MASK) | ((op & OP_MASK) + 1));
  store<u8>(out + FLAGS, 0);
  store<u16>(out + LENGTH, bswap<u16>(<u16>written()));
  store<u16>(out + GROUP, load<u16>(packet + GROUP));
  store<u8>(out + SEQUENCE, load<u8>(packet + SEQUENCE));
  store<u8>(out + COMMAND, command);
  return Size.SmpHeader + written();
}

/** Answers the packet that a message carries, and seals the answer into `body`. As a handler. */
function relay(op: i32, body: usize, room: i32): i32 {
  if (op != Op.Write) return Rc.NotSupported;
  const rc = readFields(Field.Session | Field.Number | Field.Data);
  if (rc != Rc.Ok) return rc;
  const message = pointerOf(Field.Data);
  const bytes = bytesOf(Field.Data);
  const refusal = openMessage(numberOf(Field.Session), numberOf(Field.Number), message, bytes);
  if (refusal != Refusal.None) return -refusal;
  const inner = body + ENVELOPE;
  const answered = answer(message, bytes - Size.AeadTag, inner, room - ENVELOPE - Size.AeadTag, true);
  if (answered == 0) return Rc.Invalid;
  const number = sealAnswer(inner, answered);
  closeIfAsked();
  startWriting(body, room);
  putMap(2);
  putField('n', number);
  putLiteral('d');
  putBytes(inner, answered + Size.AeadTag);
  return Rc.Ok;
}

function handle(group: i32, op: i32, command: i32, inside: bool): i32 {
  if (group == Group.Session) return sessionCommand(op, command, inside);
  if (group == Group.Card) return inside ? cardCommand(op, command) : refuseCard();
  const ours = group == Group.Os || group == Group.Stat;
  if (ours && tamperStage != TamperStage.None) return Rc.BadState;
  if (group == Group.Os) return osCommand(op, command);
  if (group == Group.Stat) return statCommand(op, command);
  return Rc.NotSupported;
}

function refuseCard(): i32 {
  setRefusalSlot(0);
  return -lockedOut();
}

function putSmpError(rc: i32): void {
  putMap(1);
  putField('rc', rc);
}
