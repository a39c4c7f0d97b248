import { Op, Rc, Size } from '../protocol';

// The header of an SMP packet: docs/PROTOCOL.md, "Packet".

const OP: usize = 0;
const FLAGS: usize = 1;
const LENGTH: usize = 2;
const GROUP: usize = 4;
const SEQUENCE: usize = 6;
const COMMAND: usize = 7;
const VERSION_MASK: i32 = 0x18;
/** The newest version; an older one is below it. */
const VERSION_2: i32 = 0x08;
const OP_MASK: i32 = 0x07;

/** Packets that were refused, or dropped, for what their header says. */
export let headerErrors: u32 = 0;

export function startPackets(): void {
  headerErrors = 0;
}

/**
 * The packet gets a reply. A response does not: two terminals on one line, or one on a line that
 * echoes, would reply to each other for ever.
 */
export function expectsReply(packet: usize, bytes: i32): bool {
  const expected = bytes >= Size.SmpHeader && opOf(packet) != Op.ReadResponse && opOf(packet) != Op.WriteResponse;
  if (!expected) headerErrors++;
  return expected;
}

/** What is wrong with a packet's header, as Zephyr's server says it; `Rc.Ok` if nothing is. */
export function headerFault(packet: usize, bytes: i32): Rc {
  let fault = Rc.Ok;
  if (bswap(load<u16>(packet + LENGTH)) != <u16>(bytes - Size.SmpHeader)) fault = Rc.Corrupt;
  else if (opOf(packet) != Op.Read && opOf(packet) != Op.Write) fault = Rc.NotSupported;
  else if (versionOf(packet) > VERSION_2) fault = Rc.TooNew;
  if (fault != Rc.Ok) headerErrors++;
  return fault;
}

export function opOf(packet: usize): i32 {
  return load<u8>(packet + OP) & OP_MASK;
}
function versionOf(packet: usize): i32 {
  return load<u8>(packet + OP) & VERSION_MASK;
}
export function isVersion2(packet: usize): bool {
  return versionOf(packet) >= VERSION_2;
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
  const op = opOf(request) == Op.Read ? Op.ReadResponse : Op.WriteResponse;
  store<u8>(reply + OP, min(versionOf(request), VERSION_2) | op);
  store<u8>(reply + FLAGS, 0);
  store<u16>(reply + LENGTH, bswap<u16>(<u16>bodyBytes));
  store<u16>(reply + GROUP, load<u16>(request + GROUP));
  store<u8>(reply + SEQUENCE, load<u8>(request + SEQUENCE));
  store<u8>(reply + COMMAND, load<u8>(request + COMMAND));
  return Size.SmpHeader + bodyBytes;
}
