import { OctobindError } from '../../error.js';
import type { LinkFactory } from '../link.js';
import { serialLink } from './serial.js';
import { tcpLink } from './tcp.js';

/**
 * A link by its address: `/dev/ttyUSB0`, `COM3`, a path to a PTY, or `tcp://host:port`
 * (`tcp://[::1]:4000` for IPv6), which may be short for `host:port`. `baudRate` is for a serial
 * port, in bits per second: 115,200 by default. Throws `LINK_ADDRESS`, or `USAGE` for a bad rate.
 */
export function linkFromAddress(address: string, options: { baudRate?: number } = {}): LinkFactory {
  const tcp = tcpAddress(address);
  if (tcp !== undefined) return tcpLink(tcp.host, tcp.port);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address) || address.trim() === '') {
    throw new OctobindError(
      'LINK_ADDRESS',
      `"${address}" is not an address. Give a serial port's path, or tcp://host:port.`,
    );
  }
  const { baudRate } = options;
  if (baudRate !== undefined && !(Number.isInteger(baudRate) && baudRate > 0)) {
    throw new OctobindError('USAGE', `${baudRate} is not a baud rate. Give bits per second, such as 115200.`);
  }
  return serialLink(address, options);
}

/**
 * Host and port of a TCP address, `tcp://host:port` or `host:port`. Undefined if it is none. Code:
 * `LINK_ADDRESS` if it is a wrong one.
 */
export function tcpAddress(address: string): { host: string; port: number } | undefined {
  const match = /^(tcp:\/\/)?(?:\[([0-9a-f:.]+)\]|([^:/\\[\]@\s]+)):(\d{1,5})\/?$/i.exec(address);
  const host = match?.[2] ?? match?.[3];
  const port = Number(match?.[4]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  if (host === undefined && !/^tcp:\/\//i.test(address)) return undefined;
  throw new OctobindError(
    'LINK_ADDRESS',
    `"${address}" is not an address. A TCP one is tcp://host:port, with port 1 to 65535.`,
  );
}
