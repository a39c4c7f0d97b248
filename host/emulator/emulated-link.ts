import { systemClock } from '../clock.js';
import { OctobindError } from '../error.js';
import type { ByteStream, LinkFactory, StreamListener } from '../link/link.js';
import type { EmulatedTerminal } from './emulated-terminal.js';
import { Wire, type WireOptions } from './wire.js';

/** A link to an emulated terminal in this process. Its cable can be pulled. */
export interface EmulatedLink extends LinkFactory {
  /** Pulls the cable: an open stream ends, and no other opens before `replug`. */
  unplug(): void;
  /** Plugs the cable in again. */
  replug(): void;
}

/**
 * Returns a link to a terminal in this process. Between the stream and the terminal's UART is only
 * the emulated wire, nothing of the operating system.
 */
export function emulatedLink(terminal: EmulatedTerminal, options: WireOptions = {}): EmulatedLink {
  const { clock = systemClock } = options;
  const wire = new Wire(terminal, options);
  const address = `emulated:${terminal.serial}`;
  let plugged = true;
  let stream: EmulatedStream | undefined;
  const unplug = (): void => {
    plugged = false;
    wire.clear();
    stream?.unplug();
  };
  const replug = (): void => {
    plugged = true;
  };
  wire.onUnplug = (ms) => {
    unplug();
    clock.setTimeout(replug, ms);
  };
  return {
    address,
    ...(options.baud !== undefined && { baudRate: options.baud }),
    // eslint-disable-next-line @typescript-eslint/require-await -- a link opens asynchronously
    async open() {
      if (!plugged) throw new OctobindError('PORT_MISSING', `The cable of ${address} is unplugged. Plug it in.`);
      if (stream?.isOpen) throw new OctobindError('PORT_BUSY', `${address} is open already. Close it first.`);
      return (stream = new EmulatedStream(wire));
    },
    unplug,
    replug,
  };
}

class EmulatedStream implements ByteStream {
  /** Always 0: bytes are on the wire as soon as they are written. */
  readonly queuedBytes = 0;
  isOpen = true;
  #listener: StreamListener | undefined;
  #received: Uint8Array[] = [];
  #isDue = false;
  #isUnplugged = false;

  constructor(private readonly wire: Wire) {
    wire.onOutput = this.#take;
  }

  listen(listener: StreamListener): void {
    this.#listener = listener;
    this.#deliverSoon();
  }

  write(bytes: Uint8Array): void {
    // A copy, because the caller wipes its bytes, which may hold a card number, while the wire
    // still carries them.
    if (this.isOpen) this.wire.send(Uint8Array.from(bytes));
  }

  close(): Promise<void> {
    this.#end();
    this.#listener = undefined;
    return Promise.resolve();
  }

  unplug(): void {
    if (!this.isOpen) return;
    this.#end();
    this.#isUnplugged = true;
    this.#deliverSoon();
  }

  readonly #take = (bytes: Uint8Array): void => {
    this.#received.push(bytes);
    this.#deliverSoon();
  };

  /** Later, because the firmware is running now, and the listener may write to it. */
  #deliverSoon(): void {
    if (this.#isDue || !this.#listener) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      for (const bytes of this.#received.splice(0)) this.#listener?.onData(bytes);
      if (this.#isUnplugged) this.#listener?.onEnd();
    });
  }

  #end(): void {
    this.isOpen = false;
    // A stream that closes late must not cut off the one that was opened after it.
    if (this.wire.onOutput === this.#take) this.wire.onOutput = undefined;
    this.#received = [];
  }
}
