import type { ByteStream, LinkFactory, StreamListener } from './link.js';
import { unlessAborted } from './unless-aborted.js';

/**
 * A terminal behind a MessagePort (HTML, "Message ports"): in a worker, in a frame, or in another
 * thread of Node. Each opening calls `connect`, which returns a port that nobody else listens to.
 *
 * A message is a Uint8Array with the next bytes, or `null`, which ends the stream. Both sides
 * send `null`, because not every browser reports that the other port was closed. This serves an
 * emulated terminal at the other port:
 *
 *     const stream = await emulatedLink(terminal).open();
 *     stream.listen({
 *       onData: (bytes) => port.postMessage(bytes),
 *       onEnd: () => port.postMessage(null),
 *     });
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
  /** A port does not report which bytes have left. */
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
    // A copy, because a message would take the whole buffer of the caller's view.
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
