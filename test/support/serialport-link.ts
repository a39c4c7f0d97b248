import type { OpenOptions } from '@serialport/stream';
import type { EmulatedLink, EmulatedTerminal, WireOptions } from '../../host/emulator/index.js';
import { Wire } from '../../host/emulator/wire.js';
import { OctobindError } from '../../host/error.js';
import { NodeStream } from '../../host/link/node/node-stream.js';
import { PortStream } from '../../host/link/node/port-stream.js';

// The types of @serialport/bindings-interface, by way of @serialport/stream: an ES module cannot
// resolve those of the package itself.
type Binding = OpenOptions['binding'];
type BindingPort = Awaited<ReturnType<Binding['open']>>;
type PortOptions = Parameters<Binding['open']>[0];

/** Only serialport needs a rate. The pace is that of the emulated wire. */
const NOMINAL_BAUD = 115_200;

/**
 * Like `emulatedLink`, but through serialport's own stream, which serves real ports, over a
 * binding that ends at the terminal's UART. So the stream's queue and its handling of a lost port
 * are tested with every fault of the line.
 */
export function serialportLink(terminal: EmulatedTerminal, options: WireOptions = {}): EmulatedLink {
  const wire = new Wire(terminal, options);
  const path = `emulated:${terminal.serial}`;
  let plugged = true;
  let port: EmulatedPort | undefined;
  const unplug = (): void => {
    plugged = false;
    wire.clear();
    port?.disconnect();
    port = undefined;
  };
  const replug = (): void => {
    plugged = true;
  };
  wire.onUnplug = (ms) => {
    unplug();
    setTimeout(replug, ms);
  };
  const binding: Binding = {
    // eslint-disable-next-line @typescript-eslint/require-await -- serialport's interface is asynchronous
    async open(opened) {
      if (!plugged) throw new OctobindError('PORT_MISSING', `The cable of ${path} is unplugged. Plug it in.`);
      if (port?.isOpen) throw new OctobindError('PORT_BUSY', `${path} is open already. Close it first.`);
      return (port = new EmulatedPort(wire, opened));
    },
    list: () => Promise.resolve([]),
  };
  return {
    address: path,
    ...(options.baud !== undefined && { baudRate: options.baud }),
    open: async () => new NodeStream(await PortStream.open({ binding, path, baudRate: options.baud ?? NOMINAL_BAUD })),
    unplug,
    replug,
  };
}

interface PendingRead {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly length: number;
  resolve: (read: { buffer: Buffer; bytesRead: number }) => void;
  reject: (error: Error) => void;
}

class EmulatedPort implements BindingPort {
  readonly openOptions: Required<PortOptions>;
  isOpen = true;
  #received: Uint8Array[] = [];
  #reading: PendingRead | undefined;
  #broken: Error | undefined;

  constructor(
    private readonly wire: Wire,
    options: PortOptions,
  ) {
    this.openOptions = {
      dataBits: 8,
      lock: true,
      stopBits: 1,
      parity: 'none',
      rtscts: false,
      xon: false,
      xoff: false,
      xany: false,
      hupcl: true,
      ...options,
    };
    wire.onOutput = this.#listen;
  }

  readonly #listen = (bytes: Uint8Array): void => {
    this.#received.push(bytes);
    this.#answer();
  };

  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
    if (this.#broken || !this.isOpen) return Promise.reject(this.#broken ?? canceled());
    return new Promise((resolve, reject) => {
      this.#reading = { buffer, offset, length, resolve, reject };
      this.#answer();
    });
  }

  write(buffer: Buffer): Promise<void> {
    if (this.#broken || !this.isOpen) return Promise.reject(this.#broken ?? canceled());
    // A copy: the caller wipes its bytes, which may hold a card number, while the wire is still
    // busy.
    this.wire.send(Uint8Array.from(buffer));
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isOpen = false;
    this.#end(canceled());
    return Promise.resolve();
  }

  /** Fails as an unplugged port does: it stays open, and only `close` works. */
  disconnect(): void {
    this.#broken = Object.assign(new Error('The port was unplugged'), { disconnected: true });
    this.#end(this.#broken);
  }

  update(): Promise<void> {
    return Promise.resolve();
  }
  set(): Promise<void> {
    return Promise.resolve();
  }
  get(): ReturnType<BindingPort['get']> {
    return Promise.resolve({ cts: true, dsr: true, dcd: true });
  }
  getBaudRate(): Promise<{ baudRate: number }> {
    return Promise.resolve({ baudRate: this.openOptions.baudRate });
  }
  flush(): Promise<void> {
    this.#received = [];
    return Promise.resolve();
  }
  drain(): Promise<void> {
    return Promise.resolve();
  }

  #answer(): void {
    const reading = this.#reading;
    const [first] = this.#received;
    if (!reading || !first) return;
    this.#reading = undefined;
    const bytes = first.subarray(0, reading.length);
    reading.buffer.set(bytes, reading.offset);
    if (bytes.length === first.length) this.#received.shift();
    else this.#received[0] = first.subarray(bytes.length);
    reading.resolve({ buffer: reading.buffer, bytesRead: bytes.length });
  }

  #end(error: Error): void {
    // A port that is closed late must not silence the one that was opened after it.
    if (this.wire.onOutput === this.#listen) this.wire.onOutput = undefined;
    this.#received = [];
    this.#reading?.reject(error);
    this.#reading = undefined;
  }
}

function canceled(): Error {
  return Object.assign(new Error('The port is closed'), { canceled: true });
}
