import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { OctobindError } from '../error.js';
import type { Wanted } from '../fleet/targets.js';
import { tcpAddress } from '../link/node/address.js';
import { serialPorts } from '../link/node/ports.js';
import { runningTerminals } from '../sim/running.js';

/** A port where a terminal may be. */
export interface FoundPort {
  /** Value for `--port`. */
  readonly port: string;
  readonly kind: 'emulated' | 'usb';
  readonly name?: string;
  /** The terminal's if it is emulated. On USB, the device's, which may be an adapter. */
  readonly serial?: string;
}

/** Finds running emulated terminals under `dir`, then serial ports on USB. */
export async function findPorts(dir: string): Promise<FoundPort[]> {
  const emulated = (await runningTerminals(dir)).map(({ port, name, serial }): FoundPort => ({
    port,
    kind: 'emulated',
    name,
    serial,
  }));
  const usb = (await serialPorts()).map((found): FoundPort => ({ ...found, kind: 'usb' }));
  return [...emulated, ...usb];
}

/** A found port as a terminal to work on. */
export function wantedAt({ port, kind, name, serial }: FoundPort): Wanted {
  return kind === 'emulated' ? { name, port, serial } : { name: port, port };
}

/** All terminals that there may be. Code: `NO_TERMINAL`. */
export async function allTerminals(dir: string): Promise<Wanted[]> {
  const found = await findPorts(dir);
  if (found.length > 0) return found.map(wantedAt);
  throw new OctobindError(
    'NO_TERMINAL',
    `No terminal was found: none is emulated under ${dir}, and there is no serial port on USB. Start one with \`octobind sim\`, or give its port with --port.`,
  );
}

/**
 * The terminal that a person named: an address, a name or a serial number of `octobind ports`, or
 * the serial number of a terminal that must be searched. The only terminal if he named none.
 * Codes: `LINK_ADDRESS`, `NO_TERMINAL`, `SEVERAL_TERMINALS`.
 */
export async function terminalNamed(text: string | undefined, dir: string): Promise<Wanted> {
  if (text !== undefined && isAddress(text)) return { port: text };
  if (text === undefined) {
    const [first, ...others] = await allTerminals(dir);
    if (first === undefined || others.length > 0) throw several([...(first ? [first] : []), ...others]);
    return { port: first.port };
  }
  const found = (await findPorts(dir)).filter(
    ({ name, serial, port }) => name === text || serial === text || basename(port) === text,
  );
  const [first, ...others] = found;
  if (others.length > 0) throw several(found.map(wantedAt));
  if (first === undefined) return { serial: text };
  return first.serial === text ? wantedAt(first) : { port: first.port };
}

const isAddress = (text: string): boolean =>
  /[/\\]|^COM\d+$/i.test(text) || text.trim() === '' || tcpAddress(text) !== undefined || existsSync(text);

function several(terminals: readonly Wanted[]): OctobindError {
  const choices = terminals.map(({ port = '', serial }) =>
    serial === undefined ? `  --port ${port}` : `  -s ${serial}, or --port ${port}`,
  );
  return new OctobindError(
    'SEVERAL_TERMINALS',
    `There are ${terminals.length} terminals. Choose one of them:\n${choices.join('\n')}\n`,
  );
}
