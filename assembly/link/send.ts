import * as hal from '../hal';
import { Size } from '../protocol';
import { encodeBase64 } from './base64';
import { crc16 } from './crc16';

// Sending side of the SMP serial framing: docs/PROTOCOL.md, "Frame".

/**
 * A frame: u16be length, the packet, u16be CRC. The longest reply, to an echo, is as long as a
 * packet.
 */
const FRAME_BYTES: i32 = Size.Packet + 4;
const FRAME: usize = memory.data(FRAME_BYTES, 4);
const LENGTH_BYTES: i32 = 2;
const CRC_BYTES: i32 = 2;
/** Bytes of a frame that go into one line of at most 127. */
const SLICE: i32 = 93;

/** Where the reply's packet is built. */
export const REPLY_PACKET: usize = FRAME + LENGTH_BYTES;
export const REPLY_BYTES: i32 = Size.Packet;

const LINE_BYTES: i32 = 128;
const LINE: usize = memory.data(LINE_BYTES, 4);

export let bytesSent: u32 = 0;
export let framesSent: u32 = 0;

let frameBytes: i32 = 0;
let frameSent: i32 = 0;
let lineBytes: i32 = 0;
let lineSent: i32 = 0;

export function startSending(): void {
  wipe();
  bytesSent = framesSent = 0;
}

/** Frames the packet of `len` bytes at `REPLY_PACKET`; `pump` sends it. */
export function sendReply(len: i32): void {
  assert(len > 0 && len <= REPLY_BYTES);
  store<u16>(FRAME, bswap<u16>(<u16>(len + CRC_BYTES)));
  store<u16>(REPLY_PACKET + len, bswap<u16>(<u16>crc16(REPLY_PACKET, len)));
  frameBytes = LENGTH_BYTES + len + CRC_BYTES;
  frameSent = 0;
  framesSent++;
}

/** Gives the UART what it takes. Returns true once all is sent. */
export function pump(): bool {
  while (true) {
    if (lineSent < lineBytes) {
      const took = hal.uart_write(LINE + lineSent, lineBytes - lineSent);
      assert(took <= lineBytes - lineSent);
      if (took <= 0) return false;
      lineSent += took;
      bytesSent += took;
    } else if (frameSent < frameBytes) {
      nextLine();
    } else {
      if (frameBytes != 0) wipe();
      return true;
    }
  }
}

function wipe(): void {
  memory.fill(FRAME, 0, FRAME_BYTES);
  memory.fill(LINE, 0, LINE_BYTES);
  frameBytes = frameSent = lineBytes = lineSent = 0;
}

function nextLine(): void {
  store<u16>(LINE, frameSent == 0 ? 0x0906 : 0x1404);
  const slice = min(SLICE, frameBytes - frameSent);
  assert(slice > 0 && lineSent == lineBytes);
  lineBytes = 2 + encodeBase64(FRAME + frameSent, slice, LINE + 2);
  store<u8>(LINE + lineBytes++, 0x0a);
  lineSent = 0;
  frameSent += slice;
}
