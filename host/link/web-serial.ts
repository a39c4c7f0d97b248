import { OctobindError } from '../error.js';
import type { ByteStream, LinkFactory, StreamListener } from './link.js';
import { unlessAborted } from './unless-aborted.js';

/**
 * The part of a SerialPort that a link needs (Web Serial API, wicg.github.io/serial, section 4).
 * `navigator.serial` returns such ports.
 */
export interface WebSerialPort {
  /** Null while the port is closed, and after the device was lost. */
  readonly readable: ReadableStream<Uint8Array> | null;
  readonly writable: WritableStream<Uint8Array> | null;
  /** Older browsers do not have it. */
  readonly connected?: boolean;
  /** Opens the port, at a rate in bits per second, with buffers of so many bytes. */
  open(options: { baudRate: number; bufferSize: number }): Promise<void>;
  /** Closes the port. Rejects while anybody has locked one of its streams. */
  close(): Promise<void>;
}

const DEFAULT_BAUD_RATE = 115_200;
/** A reply is one frame, below 3 KiB. The API's default of 255 bytes could overflow. */
const BUFFER_BYTES = 4096;

/**
 * A serial port in a browser. The page asks its user for the port
 * (`navigator.serial.requestPort()`), and the link opens it.
 */
export function webSerialLink(
  port: WebSerialPort,
  { baudRate = DEFAULT_BAUD_RATE, address = 'web-serial' }: { baudRate?: number; address?: string } = {},
): LinkFactory {
  const open = async (): Promise<ByteStream> => {
    try {
      await port.open({ baudRate, bufferSize: BUFFER_BYTES });
    } catch (cause) {
      throw openError(address, port, cause);
    }
    const { writable } = port;
    if (!writable) throw openError(address, port, new Error('it was lost at once'));
    return new WebSerialStream(port, writable.getWriter());
  };
  return {
    address,
    baudRate,
    open: (signal) => unlessAborted(open(), (stream) => void stream.close(), address, signal),
  };
}

function openError(address: string, { connected }: WebSerialPort, cause: unknown): OctobindError {
  const { name, message } = cause as Error;
  if (name === 'InvalidStateError') {
    return new OctobindError('PORT_BUSY', `${address} is open already. Close it first.`, { cause });
  }
  if (connected === false) {
    return new OctobindError('PORT_MISSING', `${address} is unplugged. Plug the terminal in.`, { cause });
  }
  return new OctobindError(
    'LINK_FAILED',
    `${address} could not be opened: ${message}. Is the terminal plugged in, and has no other program or page its port open?`,
    { cause },
  );
}

class WebSerialStream implements ByteStream {
  #queued = 0;
  #listener: StreamListener | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #reading: Promise<void> | undefined;
  #released: Promise<void> | undefined;

  constructor(
    private readonly port: WebSerialPort,
    private readonly writer: WritableStreamDefaultWriter<Uint8Array>,
  ) {
    writer.closed.catch(() => this.#end());
  }

  get queuedBytes(): number {
    return this.#queued;
  }

  listen(listener: StreamListener): void {
    this.#listener = listener;
    if (this.#released) this.#end();
    else this.#reading = this.#read();
  }

  write(bytes: Uint8Array): void {
    this.#queued += bytes.length;
    const left = (): void => void (this.#queued -= bytes.length);
    this.writer.write(bytes).then(left, left);
  }

  close(): Promise<void> {
    this.#listener = undefined;
    return this.#release();
  }

  /**
   * A break, a framing error or a full buffer ends a readable, and the port then has another one
   * (section 4.6). Bytes are lost, as can happen on any line. If a readable fails before its
   * first byte, this gives up, so that a broken port does not keep it busy.
   */
  async #read(): Promise<void> {
    for (let brought = true; brought && !this.#released && this.port.readable;) {
      brought = false;
      const reader = (this.#reader = this.port.readable.getReader());
      try {
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          brought = true;
          this.#listener?.onData(read.value);
        }
      } catch {
        // If the port is lost, its readable is null.
      }
      reader.releaseLock();
    }
    // Not awaited, because the release waits for this method.
    if (!this.#released) this.#end();
  }

  #end(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    void this.#release();
    listener?.onEnd();
  }

  #release(): Promise<void> {
    return (this.#released ??= this.#unlockAndClose());
  }

  /**
   * A port closes only if nobody has locked its streams (section 4.10). These steps fail if the
   * device was lost, and then nothing is left to release.
   */
  async #unlockAndClose(): Promise<void> {
    await this.#reader?.cancel().catch(() => undefined);
    await this.#reading;
    await this.writer.abort().catch(() => undefined);
    this.writer.releaseLock();
    await this.port.close().catch(() => undefined);
  }
}
