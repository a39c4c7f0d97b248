// The host's side of a session with a terminal whose cryptography is stood in for: what is sealed has a tag that anybody can make.
import { Buffer } from 'node:buffer';
import { encodeFrame } from '../../build/host/smp/frame.js';
import { encodePacket } from '../../build/host/smp/packet.js';
import { Group, Op, SessionCommand, Size } from '../../build/assembly/protocol.js';
import { tagOf } from './stand-ins.mjs';

const TAG = tagOf([]);
const HANDSHAKE = Buffer.concat([Buffer.alloc(Size.Key), TAG]);

function frame(command, body) {
  return encodeFrame(encodePacket({ version: 1, op: Op.Write, group: Group.Session, sequence: 0, command }, body));
}

export const OPEN = frame(SessionCommand.Open, { d: new Uint8Array(HANDSHAKE) });

/** Frames that were made before, by packet, session and number: the same few packets are sent all the time. */
const frames = new WeakMap();

/** The frame of a message. */
export function seal(session, number, packet) {
  let made = frames.get(packet);
  if (!made) frames.set(packet, (made = new Map()));
  const name = session * Size.SessionMessages + number;
  let bytes = made.get(name);
  if (!bytes) made.set(name, (bytes = makeMessage(session, number, packet)));
  return bytes;
}

function makeMessage(session, number, packet) {
  return frame(SessionCommand.Message, { s: session, n: number, d: new Uint8Array(Buffer.concat([packet, TAG])) });
}

/** The packet in what a terminal sent: the lines of one frame. The terminal's framing has tests of its own. */
export function packetIn(lines) {
  const slices = lines.map((line) => Buffer.from(line, 'base64'));
  const whole = slices.length === 1 ? slices[0] : Buffer.concat(slices);
  return whole.subarray(2, whole.length - 2);
}

// A body's fields are one letter each, so that their places can be counted.
const BODY = Size.SmpHeader;

/** Reads a CBOR head at an offset: its argument, and where it ends. */
function head(packet, at) {
  const info = packet[at] & 31;
  if (info < 24) return { argument: info, end: at + 1 };
  const bytes = 1 << (info - 24);
  return { argument: packet.readUIntBE(at + 1, bytes), end: at + 1 + bytes };
}

const isError = (packet) => packet[BODY + 2] === 'e'.charCodeAt(0) || packet[BODY + 2] === 'r'.charCodeAt(0);

/** The session's name in the answer to `OPEN`, or undefined. */
export function opened(packet) {
  return isError(packet) ? undefined : head(packet, BODY + 3).argument;
}

/** The packet in the answer to a message; the answer itself where it is an error. */
export function unseal(packet) {
  if (isError(packet)) return packet;
  const number = head(packet, BODY + 3);
  const data = head(packet, number.end + 2);
  return packet.subarray(data.end, data.end + data.argument - Size.AeadTag);
}
