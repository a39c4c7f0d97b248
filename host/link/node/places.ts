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
  const hosts = [...found.map(({ address }) => address), tcp.host].map(usualHost);
  return [...new Set(hosts)].map((host) => `tcp ${host} ${tcp.port}`);
}

/** A host as URLs write it, which has one form. An IPv4 address stays one inside an IPv6 one. */
function usualHost(host: string): string {
  const text = host.includes(':') ? `[${host}]` : host;
  const usual = URL.canParse(`http://${text}`) ? new URL(`http://${text}`).hostname : host.toLowerCase();
  const [, high, low] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(usual) ?? [];
  if (high === undefined || low === undefined) return usual;
  return [high, low].flatMap((half) => [parseInt(half, 16) >> 8, parseInt(half, 16) & 255]).join('.');
}
