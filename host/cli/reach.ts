import { linkFromAddress } from '../link/node/address.js';
import { type FindOptions, findTargets, keyFor } from '../fleet/targets.js';
import type { TerminalKey } from '../session/opening.js';
import { frameWatch } from '../smp/frame-text.js';
import type { TerminalOptions } from '../terminal/requests.js';
import { Terminal } from '../terminal/terminal.js';
import type { Context, GlobalOptions } from './context.js';
import { findPorts, terminalNamed } from './discovery.js';

/** For all requests to one terminal, if no option gives another time. */
const TOTAL_SECONDS = 120;

/**
 * Returns the terminal behind an address. It is closed when the run ends, unless the caller
 * closes it before.
 */
export function connect(context: Context, address: string, key: TerminalKey = context.terminalKey): Terminal {
  const { baud, verbose } = context.options;
  const watch = verbose && frameWatch((line) => context.output.event(line));
  const link = linkFromAddress(address, baud === undefined ? {} : { baudRate: baud });
  return context.closing(new Terminal(link, { ...patience(context.options), signal: context.signal, key, watch }));
}

/** How the functions of fleet/ find and reach terminals, `jobs` at a time. */
export function reach(context: Context, jobs?: number): FindOptions {
  return {
    connect: (port, key) => connect(context, port, key),
    ports: () => findPorts(context.options.dir),
    jobs,
    signal: context.signal,
  };
}

/** With `--timeout`, requests are tried that long, however many tries that takes. */
function patience({ timeout }: GlobalOptions): Pick<TerminalOptions, 'totalMs' | 'deadlineMs' | 'tries'> {
  if (timeout === undefined) return { totalMs: TOTAL_SECONDS * 1000 };
  return { totalMs: timeout * 1000, deadlineMs: timeout * 1000, tries: Infinity };
}

/**
 * The terminal that the options name, or the only one there is. If they name its serial number,
 * it opens a session only if the terminal has that one.
 */
export async function chosenTerminal(context: Context): Promise<{ terminal: Terminal; port: string }> {
  const wanted = await terminalNamed(context.options.port, context.options.dir);
  const [found] = await findTargets([wanted], reach(context));
  if (found?.error) throw found.error;
  const { port = '', serial } = found ?? {};
  return { terminal: connect(context, port, keyFor(serial, port, context.terminalKey)), port };
}
