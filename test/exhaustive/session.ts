// The host's side of a session with a terminal whose cryptography is replaced: anybody can make
// the tag of what is sealed.
import { Buffer } from 'node:buffer';
import { Group, Op, SessionCommand, Size } from '../../assembly/protocol.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { type Body, encodePacket } from '../../host/smp/packet.js';
import { Violation } from './errors.js';
import { tagOf } from './stand-ins.js';

const TAG = tagOf(new Uint8Array(0));
const HANDSHAKE = Buffer.concat([Buffer.alloc(Size.Key), TAG]);

function frame(command: SessionCommand, body: Body): Uint8Array {
  return encodeFrame(encodePacket({ version: 1, op: Op.Write, group: Group.Session, sequence: 0, command }, body));
}

export const OPEN = frame(SessionCommand.Open, { d: new Uint8Array(HANDSHAKE) });

/**
 * Frames made before, by packet, session and number: the same few packets are sent all the time.
 */
const frames = new WeakMap<Uint8Array, Map<number, Uint8Array>>();

/** The frame of a message. */
export function seal(session: number, number: number, packet: Uint8Array): Uint8Array {
  let made = frames.get(packet);
  if (!made) frames.set(packet, (made = new Map<number, Uint8Array>()));
  const name = session * Size.SessionMessages + number;
  let bytes = made.get(name);
  if (!bytes) made.set(name, (bytes = makeMessage(session, number, packet)));
  return bytes;
}

function makeMessage(session: number, number: number, packet: Uint8Array): Uint8Array {
  return frame(SessionCommand.Message, { s: session, n: number, d: new Uint8Array(Buffer.concat([packet, TAG])) });
}

/** The packet in what a terminal sent: the lines of one frame. Other tests check its framing. */
export function packetIn(lines: readonly string[]): Buffer {
  const slices = lines.map((line) => Buffer.from(line, 'base64'));
  const [first] = slices;
  const whole = first && slices.length === 1 ? first : Buffer.concat(slices);
  return whole.subarray(2, whole.length - 2);
}

/** The name of a body's first field has one letter, so its place is known. */
const FIRST_NAME = Size.SmpHeader + 2;
const FIRST_VALUE = FIRST_NAME + 1;
/** The first letters of `err` and `rc`. */
const ERROR_NAMES = [0x65, 0x72];

/** Reads a CBOR head at an offset: its argument, and where it ends. */
function head(packet: Buffer, at: number): { argument: number; end: number } {
  const info = packet.readUInt8(at) & 31;
  if (info < 24) return { argument: info, end: at + 1 };
  const bytes = 1 << (info - 24);
  return { argument: packet.readUIntBE(at + 1, bytes), end: at + 1 + bytes };
}

function isError(packet: Buffer): boolean {
  return ERROR_NAMES.includes(packet.readUInt8(FIRST_NAME));
}

/** The name of the session in the answer to `OPEN`. */
export function opened(packet: Buffer): number {
  if (isError(packet)) throw new Violation('opens no session');
  return head(packet, FIRST_VALUE).argument;
}

/** The packet in the answer to a message; the answer itself if it is an error. */
export function unseal(packet: Buffer): Buffer {
  if (isError(packet)) return packet;
  const number = head(packet, FIRST_VALUE);
  const data = head(packet, number.end + 2);
  return packet.subarray(data.end, data.end + data.argument - Size.AeadTag);
}
