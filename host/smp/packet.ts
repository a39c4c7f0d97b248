import { Size } from '../../assembly/protocol.js';
import { OctobindError } from '../error.js';
import { decodeCbor, encodeCbor } from './cbor.js';

/** The eight bytes before the CBOR of an SMP packet: docs/PROTOCOL.md, "Packet". */
export interface Header {
  /** 0 for SMP version 1, 1 for version 2. */
  version: number;
  /** An `Op`; from the line, any number to 7. */
  op: number;
  group: number;
  /** 0 to 255. */
  sequence: number;
  command: number;
}

export type Body = Record<string, unknown>;

const HEADER_BYTES: number = Size.SmpHeader;
const PACKET_BYTES: number = Size.Packet;

/** Fails with `USAGE` when the packet is more than a terminal can take. */
export function encodePacket(header: Header, body: Body): Buffer {
  const cbor = encodeCbor(body);
  if (HEADER_BYTES + cbor.length > PACKET_BYTES) {
    throw new OctobindError('USAGE', `A request has at most ${PACKET_BYTES} bytes. Send less at once.`);
  }
  const packet = Buffer.allocUnsafe(HEADER_BYTES + cbor.length);
  packet.writeUInt16BE(((header.version << 3) | header.op) << 8, 0);
  packet.writeUInt16BE(cbor.length, 2);
  packet.writeUInt16BE(header.group, 4);
  packet.writeUInt8(header.sequence, 6);
  packet.writeUInt8(header.command, 7);
  packet.set(cbor, HEADER_BYTES);
  return packet;
}

/** The header of a packet, or undefined when it is none or its length disagrees with the packet's. */
export function decodeHeader(packet: Buffer): Header | undefined {
  if (packet.length < HEADER_BYTES || packet.readUInt16BE(2) !== packet.length - HEADER_BYTES) return undefined;
  const first = packet.readUInt8(0);
  return {
    version: (first >> 3) & 3,
    op: first & 7,
    group: packet.readUInt16BE(4),
    sequence: packet.readUInt8(6),
    command: packet.readUInt8(7),
  };
}

/** Whether a header is that of the answer to a request. */
export function isAnswerTo(answer: Header, request: Header): boolean {
  return (
    answer.op === request.op + 1 &&
    answer.sequence === request.sequence &&
    answer.command === request.command &&
    answer.group === request.group &&
    answer.version === request.version
  );
}

/** The CBOR map of a packet; no bytes at all are an empty map. Fails with `PROTOCOL` on anything but a map of texts. */
export function decodeBody(packet: Buffer): Body {
  if (packet.length === HEADER_BYTES) return {};
  let body: unknown;
  let cause: unknown;
  try {
    // A plain array, or byte strings would come out as Buffers.
    body = decodeCbor(new Uint8Array(packet.buffer, packet.byteOffset + HEADER_BYTES, packet.length - HEADER_BYTES));
  } catch (error) {
    cause = error;
  }
  if (body === undefined || body === null || Object.getPrototypeOf(body) !== Object.prototype) {
    throw new OctobindError(
      'PROTOCOL',
      'The terminal answered with something that is not a CBOR map. Is its firmware an octobind? Update it if so.',
      { cause },
    );
  }
  return body as Body;
}
