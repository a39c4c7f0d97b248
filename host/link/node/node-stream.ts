import type { Duplex } from 'node:stream';
import type { ByteStream, StreamListener } from '../link.js';

/** A stream of Node's as one of ours. It must emit `close` once it has released what it holds, whoever ended it. */
export class NodeStream implements ByteStream {
  #listener: StreamListener | undefined;

  constructor(private readonly duplex: Duplex) {
    // `close` follows; without a listener an error would end the process.
    duplex.on('error', () => undefined);
  }

  get queuedBytes(): number {
    return this.duplex.writableLength;
  }

  listen(listener: StreamListener): void {
    this.#listener = listener;
    // A stream is not read before this, so a sender that heeds flow control waits.
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
