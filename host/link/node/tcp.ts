import { connect } from 'node:net';
import { OctobindError } from '../../error.js';
import type { ByteStream, LinkFactory } from '../link.js';
import { NodeStream } from './node-stream.js';

/** Silence after which the system asks whether the other side is still there. */
export const KEEP_ALIVE_MS = 15_000;

/** A terminal behind a TCP port: of the emulator, or of a serial device server in raw mode. */
export function tcpLink(host: string, port: number): LinkFactory {
  const address = `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    address,
    open: (signal) =>
      new Promise<ByteStream>((resolve, reject) => {
        // Frames are small and each waits for its reply, so Nagle's algorithm would only delay
        // them.
        // A network may lose a connection without a word. The system then asks, and ends it.
        const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
        const abandon = (): void => void socket.destroy(new Error('given up before it was connected'));
        const fail = (cause: NodeJS.ErrnoException): void => {
          signal?.removeEventListener('abort', abandon);
          reject(tcpError(address, cause));
        };
        socket.once('error', fail);
        socket.once('connect', () => {
          signal?.removeEventListener('abort', abandon);
          socket.removeListener('error', fail);
          resolve(new NodeStream(socket));
        });
        if (signal?.aborted) abandon();
        else signal?.addEventListener('abort', abandon, { once: true });
      }),
  };
}

function tcpError(address: string, cause: NodeJS.ErrnoException): OctobindError {
  switch (cause.code) {
    case 'ECONNREFUSED':
      return new OctobindError(
        'PORT_MISSING',
        `Nothing listens on ${address}. Is the terminal or emulator running there?`,
        {
          cause,
        },
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new OctobindError('PORT_MISSING', `The host of ${address} is not known. Check its name.`, { cause });
    default:
      return new OctobindError(
        'LINK_FAILED',
        `${address} cannot be reached: ${cause.message}. Check the address and the network.`,
        {
          cause,
        },
      );
  }
}
