import { Size } from '../../assembly/protocol.js';
import { latin1 } from '../bytes.js';
import { crc16 } from './crc16.js';

/** Bytes of a frame's payload on one line. In base64, with mark and line end, they are 127. */
const SLICE_BYTES = 93;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const PAD = 0x3d;
const CRC_BYTES = 2;
const EMPTY = new Uint8Array(0);
/** The two bytes before a frame's first line, and before each line after it. */
const START = [0x06, 0x09] as const;
const CONTINUE = [0x04, 0x14] as const;

const INVALID = 0xff;
const SEXTETS = new Uint8Array(256).fill(INVALID);
const ALPHABET = latin1('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
ALPHABET.forEach((character, sextet) => (SEXTETS[character] = sextet));

/** Returns the frame of a packet: docs/PROTOCOL.md, "Frame". */
export function encodeFrame(packet: Uint8Array): Uint8Array {
  const payload = new Uint8Array(packet.length + 4);
  const fields = new DataView(payload.buffer);
  fields.setUint16(0, packet.length + CRC_BYTES);
  payload.set(packet, 2);
  fields.setUint16(packet.length + 2, crc16(packet));
  const frame = new Uint8Array(frameBytes(packet.length));
  let end = 0;
  for (let from = 0; from < payload.length; from += SLICE_BYTES) {
    const mark = from === 0 ? START : CONTINUE;
    frame[end++] = mark[0];
    frame[end++] = mark[1];
    end = writeBase64(payload.subarray(from, from + SLICE_BYTES), frame, end);
    frame[end++] = LINE_FEED;
  }
  return frame;
}

/** Writes base64 (RFC 4648) into a frame. Returns where it ends. */
function writeBase64(bytes: Uint8Array, frame: Uint8Array, start: number): number {
  let end = start;
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    frame[end++] = ALPHABET[bits >> 18] ?? PAD;
    frame[end++] = ALPHABET[(bits >> 12) & 63] ?? PAD;
    frame[end++] = left > 1 ? (ALPHABET[(bits >> 6) & 63] ?? PAD) : PAD;
    frame[end++] = left > 2 ? (ALPHABET[bits & 63] ?? PAD) : PAD;
  }
  return end;
}

/** The length of the frame of a packet with this many bytes. */
export function frameBytes(packetBytes: number): number {
  const payload = packetBytes + 4;
  const full = Math.floor(payload / SLICE_BYTES);
  const rest = payload % SLICE_BYTES;
  return full * ((SLICE_BYTES / 3) * 4 + 3) + (rest === 0 ? 0 : Math.ceil(rest / 3) * 4 + 3);
}

/** Counts of what readers saw. */
export interface FrameCounters {
  /** Complete frames with the right CRC. */
  frames: number;
  /** Lines with a character that is not base64, or with an incomplete group of four. */
  base64: number;
  /**
   * Frames whose length is impossible or less than their lines hold, and those that another frame
   * interrupts.
   */
  length: number;
  /** Frames with a wrong CRC. */
  crc: number;
}

/** Where in a frame the reader is. */
enum At {
  Outside,
  AfterStart,
  AfterContinue,
  Line,
}

/**
 * Takes bytes in chunks of any size, and hands out the packets of complete frames. It drops
 * everything else, and counts broken frames. A start mark begins the next frame wherever it comes,
 * so a corrupted length never costs the frame after it.
 */
export class FrameReader {
  readonly #onPacket: (packet: Uint8Array) => void;
  readonly #counters: FrameCounters;
  #at = At.Outside;
  /** Bytes of the frame read so far, with the two of its length; -1 outside of a frame. */
  #filled = -1;
  #length = 0;
  /** Packet and CRC. Allocated once the length is known. */
  #payload: Uint8Array = EMPTY;
  /**
   * The current base64 group: its bits, how many characters were read, and how many are padding.
   */
  #bits = 0;
  #characters = 0;
  #pads = 0;

  /** `onPacket` receives header and CBOR of a frame with the right CRC, and may keep the bytes. */
  constructor(onPacket: (packet: Uint8Array) => void, counters: FrameCounters) {
    this.#onPacket = onPacket;
    this.#counters = counters;
  }

  push(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (this.#at === At.Line) this.#character(byte);
      else if (this.#at === At.AfterStart && byte === START[1]) this.#start();
      else if (this.#at === At.AfterContinue && byte === CONTINUE[1] && this.#filled >= 0) this.#line();
      else this.#outside(byte);
    }
  }

  #outside(byte: number): void {
    this.#at = byte === START[0] ? At.AfterStart : byte === CONTINUE[0] ? At.AfterContinue : At.Outside;
  }

  #start(): void {
    if (this.#filled >= 0) this.#counters.length++;
    this.#filled = 0;
    this.#line();
  }

  #line(): void {
    this.#at = At.Line;
    this.#bits = this.#characters = this.#pads = 0;
  }

  #character(byte: number): void {
    const sextet = SEXTETS[byte] ?? INVALID;
    if (sextet !== INVALID && this.#pads === 0) {
      this.#bits = (this.#bits << 6) | sextet;
      if (++this.#characters === 4) this.#group();
    } else if (byte === PAD && this.#characters >= 2) {
      this.#bits <<= 6;
      this.#pads++;
      if (++this.#characters === 4) this.#group();
    } else if (byte === LINE_FEED && this.#characters === 0) {
      this.#at = At.Outside;
      if (this.#filled === this.#length + 2) this.#finish();
    } else if (byte !== CARRIAGE_RETURN) {
      this.#drop('base64');
      // This byte may be the first one of a mark.
      this.#outside(byte);
    }
  }

  #group(): void {
    const bits = this.#bits;
    const bytes = 3 - this.#pads;
    this.#bits = this.#characters = 0;
    this.#byte((bits >> 16) & 0xff);
    if (bytes > 1) this.#byte((bits >> 8) & 0xff);
    if (bytes > 2) this.#byte(bits & 0xff);
  }

  #byte(byte: number): void {
    if (this.#filled < 0) return;
    const at = this.#filled++;
    if (at === 0) this.#length = byte << 8;
    else if (at === 1) {
      this.#length |= byte;
      if (this.#length < Size.SmpHeader + CRC_BYTES || this.#length > Size.Packet + CRC_BYTES) this.#drop('length');
      else this.#payload = new Uint8Array(this.#length);
    } else if (at - 2 < this.#length) this.#payload[at - 2] = byte;
    else this.#drop('length');
  }

  #finish(): void {
    const packet = this.#payload.subarray(0, -CRC_BYTES);
    const [high = 0, low = 0] = this.#payload.subarray(-CRC_BYTES);
    if (crc16(packet) !== ((high << 8) | low)) {
      this.#drop('crc');
      return;
    }
    this.reset();
    this.#counters.frames++;
    this.#onPacket(packet);
  }

  #drop(cause: 'base64' | 'length' | 'crc'): void {
    this.#counters[cause]++;
    this.reset();
  }

  /** Drops a frame that is not complete. Call it when the stream changes. */
  reset(): void {
    this.#at = At.Outside;
    this.#filled = -1;
    this.#payload = EMPTY;
  }
}
