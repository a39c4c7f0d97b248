import { Size } from '../protocol';
import { BASE64_BAD, fromBase64 } from './base64';
import { crc16 } from './crc16';

// Receiving side of the SMP serial framing: docs/PROTOCOL.md, "Frame". Bytes are decoded as they
// come; no line is kept.

/** A frame: u16be length, the packet, u16be CRC. */
const FRAME_BYTES: i32 = Size.Packet + 4;
const FRAME: usize = memory.data(FRAME_BYTES, 4);
const LENGTH_BYTES: i32 = 2;
const CRC_BYTES: i32 = 2;

/** The packet received, while `packetBytes` is not 0. */
export const PACKET: usize = FRAME + LENGTH_BYTES;
/** Bytes of the packet that waits to be worked on; 0 if none does. */
export let packetBytes: i32 = 0;

// Counters since boot, for stat group `link`.
export let bytesReceived: u32 = 0;
export let framesReceived: u32 = 0;
export let base64Errors: u32 = 0;
export let lengthErrors: u32 = 0;
export let crcErrors: u32 = 0;
export let overruns: u32 = 0;
export let expiries: u32 = 0;

const START_FIRST: u32 = 0x06;
const START_FIRST_2: u32 = 0x09;
const START_NEXT: u32 = 0x04;
const START_NEXT_2: u32 = 0x14;
const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const PADDING: u32 = 0x3d;

/** Milliseconds of silence after which a partial packet is given up. */
const EXPIRY_MS: u32 = 1000;

enum Wait {
  Start,
  FirstMark,
  NextMark,
  Base64,
}
let wait: i32 = Wait.Start;
/** A first line was seen, and the packet is not complete. */
let partial: bool = false;
let filled: i32 = 0;

// The base64 quad under way: its characters so far, their bits, and how many of them are padding.
let quadChars: i32 = 0;
let quadBits: u32 = 0;
let quadPadding: i32 = 0;
/** Padding ended the line's data. */
let ended: bool = false;

let heard: bool = false;
let silentSince: u32 = 0;

export function startReceiving(): void {
  memory.fill(FRAME, 0, FRAME_BYTES);
  quadBits = 0;
  packetBytes = 0;
  wait = Wait.Start;
  partial = false;
  heard = false;
  bytesReceived = framesReceived = base64Errors = lengthErrors = crcErrors = overruns = expiries = 0;
}

/** Takes one byte from the line. Returns true if a packet waits. */
export function takeByte(byte: u32): bool {
  bytesReceived++;
  heard = true;
  if (packetBytes != 0) {
    if (byte == START_FIRST) overruns++;
    return true;
  }
  // A start mark counts anywhere: it is not base64, so the line under way was cut short.
  if (byte == START_FIRST || byte == START_NEXT) {
    wait = byte == START_FIRST ? Wait.FirstMark : Wait.NextMark;
  } else if (wait == Wait.Base64) {
    takeCharacter(byte);
  } else if (wait == Wait.FirstMark) {
    wait = byte == START_FIRST_2 ? Wait.Base64 : Wait.Start;
    if (wait == Wait.Base64) startPacket();
  } else if (wait == Wait.NextMark) {
    wait = byte == START_NEXT_2 && partial ? Wait.Base64 : Wait.Start;
    startLine();
  }
  return packetBytes != 0;
}

/** Frees the packet and wipes it: it may have carried a card number. */
export function packetDone(): void {
  memory.fill(FRAME, 0, packetBytes + LENGTH_BYTES + CRC_BYTES);
  packetBytes = 0;
}

/**
 * Gives up a packet that stopped coming. Returns in how many milliseconds to ask again; -1: not
 * before the next byte.
 */
export function expire(now: u32): i32 {
  if (!partial) return -1;
  if (heard) {
    heard = false;
    silentSince = now;
  }
  const silent = now - silentSince;
  if (silent < EXPIRY_MS) return EXPIRY_MS - silent;
  expiries++;
  giveUp();
  return -1;
}

function startPacket(): void {
  if (partial) {
    lengthErrors++;
    giveUp();
  }
  partial = true;
  filled = 0;
  wait = Wait.Base64;
  startLine();
}

function startLine(): void {
  quadChars = quadPadding = 0;
  quadBits = 0;
  ended = false;
}

/** Drops what there is of a packet; the next start mark begins afresh. */
function giveUp(): void {
  memory.fill(FRAME, 0, filled);
  partial = false;
  filled = 0;
  wait = Wait.Start;
}

function takeCharacter(char: u32): void {
  if (char == LINE_FEED) return endLine();
  if (char == CARRIAGE_RETURN) return;
  const value = fromBase64(char);
  const pads = char == PADDING;
  if (ended || (pads ? quadChars < 2 : value == BASE64_BAD || quadPadding != 0)) {
    base64Errors++;
    return giveUp();
  }
  quadBits = (quadBits << 6) | (pads ? 0 : value);
  if (pads) quadPadding++;
  if (++quadChars < 4) return;
  const bytes = 3 - quadPadding;
  if (filled + bytes > FRAME_BYTES) {
    lengthErrors++;
    return giveUp();
  }
  assert(bytes >= 0 && filled >= 0);
  for (let i = 0; i < bytes; i++) store<u8>(FRAME + filled++, quadBits >> (16 - (i << 3)));
  ended = quadPadding != 0;
  quadChars = quadPadding = 0;
  quadBits = 0;
}

function endLine(): void {
  wait = Wait.Start;
  if (quadChars != 0) {
    base64Errors++;
    return giveUp();
  }
  if (filled < LENGTH_BYTES) return;
  const length: i32 = bswap(load<u16>(FRAME));
  const outside = length < Size.SmpHeader + CRC_BYTES || length > FRAME_BYTES - LENGTH_BYTES;
  if (outside || filled > LENGTH_BYTES + length) {
    lengthErrors++;
    return giveUp();
  }
  if (filled < LENGTH_BYTES + length) return;
  const packet = length - CRC_BYTES;
  if (crc16(PACKET, packet) != <u32>bswap(load<u16>(PACKET + packet))) {
    crcErrors++;
    return giveUp();
  }
  framesReceived++;
  partial = false;
  filled = 0;
  packetBytes = packet;
}
