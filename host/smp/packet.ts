import { Size } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import { decodeCbor, encodeCbor } from './cbor.js';

/** The eight bytes before the CBOR of an SMP packet: docs/PROTOCOL.md, "Packet". */
export interface Header {
  /** 0 for SMP version 1, 1 for version 2. */
  version: number;
  /** An `Op`; in a packet from the line, any number from 0 to 7. */
  op: number;
  group: number;
  /** 0 to 255. */
  sequence: number;
  command: number;
}

/** The CBOR map of a request or a reply. */
export type Body = Record<string, unknown>;

const HEADER_BYTES: number = Size.SmpHeader;
const PACKET_BYTES: number = Size.Packet;

/**
 * Throws `USAGE` if the packet is longer than a terminal takes, or a header's number is too big.
 */
export function encodePacket(header: Header, body: Body): Uint8Array {
  const { version, op, group, sequence, command } = header;
  if (!fits(group, 0xffff) || !fits(sequence, 0xff) || !fits(command, 0xff)) {
    throw new OctobindError(
      'USAGE',
      'A group is 0 to 65535; a command and a sequence number are 0 to 255. Give one of those.',
    );
  }
  const cbor = encodeCbor(body);
  if (HEADER_BYTES + cbor.length > PACKET_BYTES) {
    throw new OctobindError('USAGE', `A request has at most ${PACKET_BYTES} bytes. Send less at once.`);
  }
  const packet = new Uint8Array(HEADER_BYTES + cbor.length);
  const fields = new DataView(packet.buffer);
  fields.setUint8(0, (version << 3) | op);
  fields.setUint16(2, cbor.length);
  fields.setUint16(4, group);
  fields.setUint8(6, sequence);
  fields.setUint8(7, command);
  packet.set(cbor, HEADER_BYTES);
  return packet;
}

/** Checked here, because a DataView writes other bits for a number that does not fit. */
function fits(number: number, most: number): boolean {
  return Number.isInteger(number) && number >= 0 && number <= most;
}

/** The header of a packet; undefined if it is too short, or its length field is wrong. */
export function decodeHeader(packet: Uint8Array): Header | undefined {
  if (packet.length < HEADER_BYTES) return undefined;
  const fields = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (fields.getUint16(2) !== packet.length - HEADER_BYTES) return undefined;
  const first = fields.getUint8(0);
  return {
    version: (first >> 3) & 3,
    op: first & 7,
    group: fields.getUint16(4),
    sequence: fields.getUint8(6),
    command: fields.getUint8(7),
  };
}

/** True if `answer` is the header of an answer to `request`. */
export function isAnswerTo(answer: Header, request: Header): boolean {
  return (
    answer.op === request.op + 1 &&
    answer.sequence === request.sequence &&
    answer.command === request.command &&
    answer.group === request.group &&
    answer.version === request.version
  );
}

/**
 * The CBOR map of a packet; an empty map if it has no body. Throws `PROTOCOL` unless the body is a
 * map whose keys are texts.
 */
export function decodeBody(packet: Uint8Array): Body {
  if (packet.length === HEADER_BYTES) return {};
  let body: unknown;
  let cause: unknown;
  try {
    // A Uint8Array: from a Buffer, cbor2 would return byte strings as Buffers.
    body = decodeCbor(new Uint8Array(packet.buffer, packet.byteOffset + HEADER_BYTES, packet.length - HEADER_BYTES));
  } catch (error) {
    cause = error;
  }
  if (body === undefined || body === null || Object.getPrototypeOf(body) !== Object.prototype) {
    throw new OctobindError(
      'PROTOCOL',
      'The terminal answered with something that is not a CBOR map. If it is an octobind terminal, update its firmware.',
      { cause },
    );
  }
  return body as Body;
}
