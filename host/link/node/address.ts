import { OctobindError } from '../../error.js';
import type { LinkFactory } from '../link.js';
import { serialLink } from './serial.js';
import { tcpLink } from './tcp.js';

/**
 * A link by its address: `/dev/ttyUSB0`, `COM3`, a path to a PTY, or `tcp://host:port`
 * (`tcp://[::1]:4000` for IPv6). `baudRate` is for a serial port, in bits per second: 115,200 by
 * default. Throws `LINK_ADDRESS`, or `USAGE` for a bad rate.
 */
export function linkFromAddress(address: string, options: { baudRate?: number } = {}): LinkFactory {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme === 'tcp') return tcpFromAddress(address);
  if (scheme !== undefined || address.trim() === '') {
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

function tcpFromAddress(address: string): LinkFactory {
  const match = /^tcp:\/\/(?:\[([0-9a-f:.]+)\]|([^:/[\]@\s]+)):(\d{1,5})\/?$/i.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new OctobindError(
      'LINK_ADDRESS',
      `"${address}" is not an address. A TCP one is tcp://host:port, with port 1 to 65535.`,
    );
  }
  return tcpLink(host, port);
}
