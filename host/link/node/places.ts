import { lookup } from 'node:dns/promises';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { tcpAddress } from './address.js';

/**
 * Where an address leads, as texts to compare: two addresses with a text in common lead to one
 * place. A path is followed through its symbolic links. The host of a TCP address is looked up,
 * and has one text for each of its addresses.
 */
export async function placesOf(address: string): Promise<string[]> {
  const tcp = tcpAddress(address);
  if (tcp === undefined) return [await realpath(address).catch(() => resolve(address))];
  const found = await lookup(tcp.host, { all: true }).catch(() => []);
  // An IPv4 address may be written as an IPv6 one.
  const hosts = found.map((entry) => entry.address.replace(/^::ffff:(?=[\d.]+$)/i, ''));
  return [...new Set([...hosts, tcp.host.toLowerCase()])].map((host) => `tcp ${host} ${tcp.port}`);
}
