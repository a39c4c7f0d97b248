import type { Duplex } from 'node:stream';
import type { ByteStream, StreamListener } from '../link.js';

/**
 * Makes a ByteStream of a stream of Node. That one must emit `close` once it has released its
 * resources, whichever side ended it.
 */
export class NodeStream implements ByteStream {
  #listener: StreamListener | undefined;

  constructor(private readonly duplex: Duplex) {
    // `close` follows. Without this listener, an error would end the process.
    duplex.on('error', () => undefined);
  }

  get queuedBytes(): number {
    return this.duplex.writableLength;
  }

  listen(listener: StreamListener): void {
    this.#listener = listener;
    // Not earlier: a stream without a reader holds back a sender that heeds flow control.
    this.duplex.on('data', (bytes: Uint8Array) => this.#listener?.onData(bytes));
    this.duplex.once('end', this.#end);
    this.duplex.once('close', this.#end);
    if (this.duplex.destroyed) this.#end();
  }

  write(bytes: Uint8Array): void {
    this.duplex.write(bytes);
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    await this.#destroy();
  }

  readonly #end = (): void => {
    const listener = this.#listener;
    this.#listener = undefined;
    void this.#destroy();
    listener?.onEnd();
  };

  #destroy(): Promise<void> {
    const { duplex } = this;
    return new Promise((resolve) => {
      if (duplex.closed) resolve();
      else duplex.once('close', () => resolve()).destroy();
    });
  }
}
