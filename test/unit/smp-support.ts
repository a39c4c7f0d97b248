import { Duplex } from 'node:stream';
import { encode } from 'cbor2';
import { OctobindError } from '../../host/error.js';
import type { LinkFactory } from '../../host/link/index.js';
import { encodeFrame, FrameReader } from '../../host/smp/frame.js';
import { type Body, decodeBody, decodeHeader, type Header } from '../../host/smp/packet.js';

/** The terminal's end of a stream. */
class Line extends Duplex {
  constructor(private readonly hear: (chunk: Buffer) => void) {
    super();
  }

  override _read(): void {
    // Bytes come when the device has some.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.hear(chunk);
    done();
  }
}

export interface Heard {
  header: Header;
  body: Body;
}

export const newCounters = () => ({ frames: 0, base64: 0, length: 0, crc: 0 });

/** The frame of an answer to a request; `header` overrides fields that are to be wrong. */
export function answer(request: Header, body: Body, header: Partial<Header> = {}): Uint8Array {
  const { version, op, group, sequence, command } = { ...request, op: request.op + 1, ...header };
  const cbor = encode(body);
  const packet = Buffer.from([(version << 3) | op, 0, 0, cbor.length, group >> 8, group & 255, sequence, command]);
  packet.writeUInt16BE(cbor.length, 2);
  return encodeFrame(Buffer.concat([packet, cbor]));
}

/** A device in memory that answers what `respond` says, and can be unplugged. Hostile where its test needs that. */
export class Device implements LinkFactory {
  readonly address = 'device';
  readonly heard: Heard[] = [];
  openings = 0;
  plugged = true;
  #line: Line | undefined;

  constructor(public respond: (heard: Heard, device: Device) => void = () => undefined) {}

  open(): Promise<Duplex> {
    this.openings++;
    if (!this.plugged) return Promise.reject(new OctobindError('PORT_MISSING', 'There is no device. Plug it in.'));
    const reader = new FrameReader((packet) => {
      const header = decodeHeader(packet);
      if (!header) throw new Error('the host sent a bad header');
      const heard = { header, body: decodeBody(packet) };
      this.heard.push(heard);
      this.respond(heard, this);
    }, newCounters());
    this.#line = new Line((chunk) => reader.push(chunk));
    return Promise.resolve(this.#line);
  }

  get isOpen(): boolean {
    return this.#line?.destroyed === false;
  }

  say(bytes: Uint8Array): void {
    this.#line?.push(bytes);
  }

  /** What a serial stream does when its device goes away. */
  unplug(): void {
    this.plugged = false;
    this.#line?.destroy(new Error('bad file descriptor'));
  }

  plug(): void {
    this.plugged = true;
  }
}

/** Answers every request with the same body. */
export const always =
  (body: Body) =>
  ({ header }: Heard, device: Pick<Device, 'say'>): void =>
    device.say(answer(header, body));
