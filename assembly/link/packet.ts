import { Op, Size } from '../protocol';

// The header of an SMP packet: docs/PROTOCOL.md, "Packet".

const OP: usize = 0;
const FLAGS: usize = 1;
const LENGTH: usize = 2;
const GROUP: usize = 4;
const SEQUENCE: usize = 6;
const COMMAND: usize = 7;
const VERSION_MASK: i32 = 0x18;
const VERSION_2: i32 = 0x08;
const OP_MASK: i32 = 0x07;

/** Packets that were dropped for what their header says. */
export let headerErrors: u32 = 0;

export function startPackets(): void {
  headerErrors = 0;
}

/** The packet is a request, and as long as it says. */
export function isRequest(packet: usize, bytes: i32): bool {
  const good =
    bytes >= Size.SmpHeader &&
    (opOf(packet) == Op.Read || opOf(packet) == Op.Write) &&
    bswap(load<u16>(packet + LENGTH)) == <u16>(bytes - Size.SmpHeader);
  if (!good) headerErrors++;
  return good;
}

export function opOf(packet: usize): i32 {
  return load<u8>(packet + OP) & OP_MASK;
}
export function isVersion2(packet: usize): bool {
  return (load<u8>(packet + OP) & VERSION_MASK) >= VERSION_2;
}
export function groupOf(packet: usize): i32 {
  return bswap(load<u16>(packet + GROUP));
}
export function commandOf(packet: usize): i32 {
  return load<u8>(packet + COMMAND);
}

/**
 * Writes the header of the reply to `request`, whose body has `bodyBytes`. Returns the reply's
 * bytes.
 */
export function putReplyHeader(request: usize, reply: usize, bodyBytes: i32): i32 {
  assert(bodyBytes >= 0 && bodyBytes <= Size.Packet - Size.SmpHeader);
  const first: i32 = load<u8>(request + OP);
  store<u8>(reply + OP, (first & VERSION_MASK) | ((first & OP_MASK) + 1));
  store<u8>(reply + FLAGS, 0);
  store<u16>(reply + LENGTH, bswap<u16>(<u16>bodyBytes));
  store<u16>(reply + GROUP, load<u16>(request + GROUP));
  store<u8>(reply + SEQUENCE, load<u8>(request + SEQUENCE));
  store<u8>(reply + COMMAND, load<u8>(request + COMMAND));
  return Size.SmpHeader + bodyBytes;
}
