import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { OctobindError } from '../error.js';
import type { EmulatedTerminal } from '../emulator/emulated-terminal.js';
import { UNREAD_MAX, Wire, type WireOptions } from '../emulator/wire.js';
import { sendFrom } from './send-from.js';

/** Where a terminal is reached from other programs. */
export interface Endpoint {
  /** As `linkFromAddress` takes it. */
  readonly address: string;
  close(): Promise<void>;
}

/** Listens on this machine alone; port 0 takes a free one. A line has two ends: while a client is connected, a second is hung up on. */
export async function listenTcp(
  terminal: EmulatedTerminal,
  port: number,
  options: WireOptions = {},
): Promise<Endpoint> {
  const wire = new Wire(terminal, options);
  let client: Socket | undefined;
  let pluggedAt = 0;
  const hangUp = (): void => {
    client?.destroy();
  };
  wire.onUnplug = (ms) => {
    wire.clear();
    hangUp();
    pluggedAt = performance.now() + ms;
  };
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // `close` follows
    if (client || performance.now() < pluggedAt) {
      socket.destroy();
      return;
    }
    client = socket.setNoDelay(true);
    wire.onOutput = (bytes) => {
      if (socket.writableLength < UNREAD_MAX) socket.write(bytes);
    };
    sendFrom(socket, wire);
    socket.on('close', () => {
      client = undefined;
      wire.onOutput = undefined;
      wire.clear();
    });
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new OctobindError('PORT_BUSY', `Port ${port} cannot be listened on.`, { subject: 'TCP listener', cause });
  }
  return {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      hangUp();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
