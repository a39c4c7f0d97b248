import { bytesOf, Field, numberOf, pointerOf, readFields } from '../cbor/fields';
import { startReading } from '../cbor/reader';
import { overflowed, putBytes, putField, putMap, putWord, startWriting, written } from '../cbor/writer';
import * as hal from '../hal';
import { tamperStage } from '../lifecycle/life-cycle';
import { packetBytes, PACKET } from '../link/frame';
import { commandOf, expectsReply, groupOf, headerFault, isVersion2, opOf, putReplyHeader } from '../link/packet';
import { REPLY_BYTES, REPLY_PACKET, sendReply } from '../link/send';
import { codeOf, Outcome, refused } from '../outcome';
import { Event, Group, Op, Rc, Refusal, SessionCommand, Size, TamperStage } from '../protocol';
import { openMessage, sealReply } from '../session/channel';
import { cardCommand } from './card';
import { enumerationCommand } from './enumeration';
import { osCommand } from './os';
import { putRefusal } from './refusal';
import { screenCommand } from './screen';
import { closeIfAsked, lockedOut, sessionCommand } from './session';
import { statCommand } from './stat';

/**
 * What a reply has before the sealed packet, at most: `{"n": u32, "d": bytes}` up to the bytes.
 */
const ENVELOPE: i32 = 13;

/** Works on the packet received and sends the reply, if it gets one. */
export function replyToPacket(): void {
  const bytes = reply(PACKET, packetBytes, REPLY_PACKET, REPLY_BYTES, false);
  if (bytes > 0) sendReply(bytes);
}

/**
 * Works on a packet, which came in clear or `inside` a session, and writes its reply of at most
 * `room` bytes to `out`. Returns its bytes; 0 if the packet gets no reply.
 *
 * A group's handler writes the map of its reply and returns 0; or it returns an SMP result code,
 * or a refusal below zero, and what it wrote is dropped.
 */
function reply(packet: usize, bytes: i32, out: usize, room: i32, inside: bool): i32 {
  if (!expectsReply(packet, bytes)) return 0;
  const group = groupOf(packet);
  const command = commandOf(packet);
  const op = opOf(packet);
  const body = out + Size.SmpHeader;
  const bodyRoom = room - Size.SmpHeader;
  startReading(packet + Size.SmpHeader, bytes - Size.SmpHeader);
  startWriting(body, bodyRoom);
  const sealed = group == Group.Session && command == SessionCommand.Message && !inside;
  let outcome: Outcome = headerFault(packet, bytes);
  if (outcome == Rc.Ok) outcome = sealed ? relay(op, body, bodyRoom) : handle(group, op, command, inside);
  if (outcome == Rc.Ok && overflowed) outcome = Rc.TooLong;
  if (outcome != Rc.Ok) {
    startWriting(body, bodyRoom);
    if (outcome > 0) {
      putMap(1);
      putField(word('rc'), <u32>outcome);
    } else {
      hal.event(Event.Refusal, codeOf(outcome));
      putRefusal(isVersion2(packet), group, outcome);
    }
  }
  return putReplyHeader(packet, out, written());
}

/** Replies to the packet that a message carries, and seals the reply into `body`. As a handler. */
function relay(op: i32, body: usize, room: i32): Outcome {
  if (op != Op.Write) return Rc.NotSupported;
  const needed: u32 = Field.Session | Field.Number | Field.Data;
  const rc = readFields(needed, needed);
  if (rc != Rc.Ok) return rc;
  const message = pointerOf(Field.Data);
  const bytes = bytesOf(Field.Data);
  const refusal = openMessage(numberOf(Field.Session), numberOf(Field.Number), message, bytes);
  if (refusal != Refusal.None) return refused(refusal, 0);
  const inner = body + ENVELOPE;
  const replied = reply(message, bytes - Size.AeadTag, inner, room - ENVELOPE - Size.AeadTag, true);
  if (replied == 0) return Rc.Invalid;
  const number = sealReply(inner, replied);
  closeIfAsked();
  startWriting(body, room);
  putMap(2);
  putField(word('n'), number);
  putWord(word('d'));
  putBytes(inner, replied + Size.AeadTag);
  return Rc.Ok;
}

function handle(group: i32, op: i32, command: i32, inside: bool): Outcome {
  if (group == Group.Session) return sessionCommand(op, command, inside);
  if (group == Group.Card) return inside ? cardCommand(op, command) : refused(lockedOut(), 0);
  if (group == Group.Screen) return screenCommand(op, command, inside);
  const standard = group == Group.Os || group == Group.Stat || group == Group.Enumeration;
  if (standard && tamperStage != TamperStage.None) return Rc.BadState;
  if (group == Group.Os) return osCommand(op, command);
  if (group == Group.Stat) return statCommand(op, command);
  if (group == Group.Enumeration) return enumerationCommand(op, command);
  return Rc.NotSupported;
}
