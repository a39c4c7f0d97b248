import { encode } from 'cbor2';
import { OctobindError } from '../../host/error.js';
import type { ByteStream, LinkFactory, StreamListener } from '../../host/link/link.js';
import { encodeFrame, FrameReader } from '../../host/smp/frame.js';
import { type Body, decodeBody, decodeHeader, type Header } from '../../host/smp/packet.js';

/** The stream to a device in memory, with the device's end of it. */
class Line implements ByteStream {
  queuedBytes = 0;
  isOpen = true;
  #listener: StreamListener | undefined;

  constructor(private readonly hear: (bytes: Uint8Array) => void) {}

  listen(listener: StreamListener): void {
    this.#listener = listener;
    if (!this.isOpen) listener.onEnd();
  }

  write(bytes: Uint8Array): void {
    if (this.isOpen) this.hear(bytes);
  }

  close(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }

  say(bytes: Uint8Array): void {
    if (this.isOpen) this.#listener?.onData(bytes);
  }

  unplug(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#listener?.onEnd();
  }
}

export interface Heard {
  header: Header;
  body: Body;
}

export const newCounters = () => ({ frames: 0, base64: 0, length: 0, crc: 0 });

/** The frame of a reply to a request. `header` replaces fields that a test wants to be wrong. */
export function answer(request: Header, body: Body, header: Partial<Header> = {}): Uint8Array {
  const { version, op, group, sequence, command } = { ...request, op: request.op + 1, ...header };
  const cbor = encode(body);
  const packet = Buffer.from([(version << 3) | op, 0, 0, cbor.length, group >> 8, group & 255, sequence, command]);
  packet.writeUInt16BE(cbor.length, 2);
  return encodeFrame(Buffer.concat([packet, cbor]));
}

/**
 * A device in memory, which replies by `respond` and can be unplugged. A test may make it hostile.
 */
export class Device implements LinkFactory {
  readonly address = 'device';
  readonly heard: Heard[] = [];
  openings = 0;
  plugged = true;
  #line: Line | undefined;

  constructor(public respond: (heard: Heard, device: Device) => void = () => undefined) {}

  open(): Promise<ByteStream> {
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
    return this.#line?.isOpen === true;
  }

  say(bytes: Uint8Array): void {
    this.#line?.say(bytes);
  }

  /** What a serial stream does when its device goes away. */
  unplug(): void {
    this.plugged = false;
    this.#line?.unplug();
  }

  plug(): void {
    this.plugged = true;
  }
}

/** Replies to every request with the same body. */
export const always =
  (body: Body) =>
  ({ header }: Heard, device: Pick<Device, 'say'>): void =>
    device.say(answer(header, body));
