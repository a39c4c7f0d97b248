import type { WebSerialPort } from '../../host/link/web-serial.js';

/**
 * A SerialPort as the Web Serial API describes it (sections 4.4 to 4.10). The test is the device.
 */
export class FakeSerialPort implements WebSerialPort {
  connected = true;
  isOpen = false;
  /** Takes the written bytes. A promise holds back the next ones, as a slow line does. */
  onWrite: (bytes: Uint8Array) => void | Promise<void> = () => undefined;
  opened: { baudRate: number; bufferSize: number } | undefined;
  #isLost = false;
  #readable: ReadableStream<Uint8Array> | null = null;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #writable: WritableStream<Uint8Array> | null = null;
  #writing: WritableStreamDefaultController | undefined;

  open(options: { baudRate: number; bufferSize: number }): Promise<void> {
    if (this.isOpen) return Promise.reject(new DOMException('The port is already open.', 'InvalidStateError'));
    if (!this.connected) return Promise.reject(new DOMException('Failed to open serial port.', 'NetworkError'));
    this.opened = options;
    this.isOpen = true;
    this.#isLost = false;
    return Promise.resolve();
  }

  get readable(): ReadableStream<Uint8Array> | null {
    if (this.#readable || !this.isOpen || this.#isLost) return this.#readable;
    return (this.#readable = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#endReadable(),
    }));
  }

  get writable(): WritableStream<Uint8Array> | null {
    if (this.#writable || !this.isOpen || this.#isLost) return this.#writable;
    return (this.#writable = new WritableStream<Uint8Array>({
      start: (controller) => void (this.#writing = controller),
      write: (bytes) => this.onWrite(bytes),
      abort: () => void (this.#writable = null),
      close: () => void (this.#writable = null),
    }));
  }

  async close(): Promise<void> {
    // Each rejects while somebody has the stream locked.
    await this.#readable?.cancel();
    await this.#writable?.abort();
    this.isOpen = false;
  }

  /** Bytes from the device. */
  say(bytes: Uint8Array): void {
    if (this.readable) this.#controller?.enqueue(bytes);
  }

  /**
   * Ends the readable and leaves the port open, as `BufferOverrunError`, `BreakError`,
   * `FramingError` and `ParityError` do.
   */
  disturb(name: string): void {
    if (this.readable) this.#controller?.error(new DOMException('disturbed', name));
    this.#endReadable();
  }

  /** Pulls the cable. */
  lose(): void {
    this.connected = false;
    this.#isLost = true;
    const lost = new DOMException('The device has been lost.', 'NetworkError');
    if (this.#readable) this.#controller?.error(lost);
    if (this.#writable) this.#writing?.error(lost);
    this.#endReadable();
    this.#writable = null;
  }

  #endReadable(): void {
    this.#readable = null;
    this.#controller = undefined;
  }
}
