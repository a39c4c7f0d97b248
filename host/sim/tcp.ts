import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { OctobindError, reasonOf } from '../error.js';
import type { EmulatedTerminal } from '../emulator/emulated-terminal.js';
import { Wire, type WireOptions } from '../emulator/wire.js';
import { KEEP_ALIVE_MS } from '../link/node/tcp.js';
import type { Endpoint } from './endpoint.js';
import { Plug } from './plug.js';
import { type Outflow, sendFrom } from './send-from.js';

/**
 * Serves a terminal over TCP, for clients on this machine only. Port 0 picks a free port. A line
 * has two ends, so a second client is disconnected at once. Code: `PORT_BUSY`.
 */
export async function listenTcp(
  terminal: EmulatedTerminal,
  port: number,
  options: WireOptions = {},
): Promise<Endpoint> {
  const wire = new Wire(terminal, options);
  let client: Socket | undefined;
  const hangUp = (): void => {
    client?.destroy();
  };
  const plug = new Plug(wire, {
    unplug() {
      wire.clear();
      hangUp();
    },
    replug() {}, // connections are accepted again
  });
  // A client whose machine is gone says nothing, and would keep the line for ever.
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) => {
    socket.on('error', () => undefined); // `close` follows
    if (client || !plug.isPlugged) {
      socket.destroy();
      return;
    }
    client = socket;
    wire.onOutput = (bytes) => void socket.write(bytes);
    sendFrom(socket, wire, outflowOf(socket));
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
    const message = `TCP port ${port} cannot be used: ${reasonOf(cause)}.`;
    throw new OctobindError('PORT_BUSY', message, { subject: 'TCP listener', cause });
  }
  return {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get isPlugged() {
      return plug.isPlugged;
    },
    unplug: () => plug.unplug(),
    replug: () => plug.replug(),
    async close() {
      await plug.unplug(); // no fault plugs it in again
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function outflowOf(socket: Socket): Outflow {
  const outflow: Outflow = {
    get isFull() {
      return socket.writableNeedDrain;
    },
    onDrain: undefined,
  };
  socket.on('drain', () => outflow.onDrain?.());
  return outflow;
}
