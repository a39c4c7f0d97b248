import type { ByteStream, LinkFactory, StreamListener } from './link.js';
import { unlessAborted } from './unless-aborted.js';

/**
 * A terminal at the other end of a MessagePort (HTML, "Message ports"): in a worker, in a frame, or in another thread of Node.
 * `connect` is called for each opening, and returns a port that nobody else listens to.
 *
 * A message is a Uint8Array, the next bytes. `null` ends the stream, from either side: not every browser tells that the other
 * port was closed. So the other end of an emulated terminal is
 *
 *     const stream = await emulatedLink(terminal).open();
 *     stream.listen({ onData: (bytes) => port.postMessage(bytes), onEnd: () => port.postMessage(null) });
 *     port.onmessage = ({ data }) => (data === null ? stream.close() : stream.write(data));
 */
export function messagePortLink(
  connect: () => MessagePort | Promise<MessagePort>,
  { address = 'message-port' }: { address?: string } = {},
): LinkFactory {
  return {
    address,
    async open(signal) {
      const connecting = Promise.resolve(connect());
      return new MessagePortStream(await unlessAborted(connecting, (port) => port.close(), address, signal));
    },
  };
}

class MessagePortStream implements ByteStream {
  /** A port does not tell what has left. */
  readonly queuedBytes = 0;
  #listener: StreamListener | undefined;
  #isOver = false;

  constructor(private readonly port: MessagePort) {
    port.addEventListener('close', this.#end);
    port.addEventListener('messageerror', this.#end);
  }

  listen(listener: StreamListener): void {
    this.#listener = listener;
    this.port.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data === null) this.#end();
      else if (data instanceof Uint8Array) this.#listener?.onData(data);
    });
    this.port.start();
    if (this.#isOver) this.#end();
  }

  write(bytes: Uint8Array): void {
    // Not the caller's own: a message takes all of the buffer that a view is of.
    const copy = Uint8Array.from(bytes);
    this.port.postMessage(copy, [copy.buffer]);
  }

  close(): Promise<void> {
    this.#listener = undefined;
    this.#release();
    return Promise.resolve();
  }

  readonly #end = (): void => {
    const listener = this.#listener;
    this.#listener = undefined;
    this.#release();
    listener?.onEnd();
  };

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.port.postMessage(null);
    this.port.close();
  }
}
