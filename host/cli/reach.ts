import type { AuditLog } from '../audit/log.js';
import { linkFromAddress } from '../link/node/address.js';
import { type FindOptions, findTargets, keyFor } from '../fleet/targets.js';
import type { TerminalKey } from '../session/opening.js';
import { frameWatch } from '../smp/frame-text.js';
import type { TerminalOptions } from '../terminal/requests.js';
import { Terminal } from '../terminal/terminal.js';
import { EMULATING, usersLog } from './audit.js';
import type { Context } from './context.js';
import { findPorts, terminalNamed } from './discovery.js';

/** For all requests to one terminal, if no option gives another time. */
const TOTAL_SECONDS = 120;

/** One log for each run, so that what is written at the same time is written at once. */
const logs = new WeakMap<Context, AuditLog>();

/**
 * Returns the terminal behind an address. `name` is what a plan calls it. It is closed when the
 * run ends, unless the caller closes it before. Each change of it goes into the audit log.
 */
export function connect(
  context: Context,
  address: string,
  key: TerminalKey = context.terminalKey,
  name?: string,
): Terminal {
  const { baud, verbose } = context.options;
  const watch = verbose && frameWatch((line) => context.output.event(line));
  const link = linkFromAddress(address, baud === undefined ? {} : { baudRate: baud });
  const onChange = changeHook(context, address, name);
  const options = { ...patience(context), signal: context.signal, key, watch, onChange };
  return context.closing(new Terminal(link, options));
}

/** Loads the log only for a change: commands that only look start faster without it. */
function changeHook(context: Context, port: string, name: string | undefined): TerminalOptions['onChange'] {
  const { command } = context;
  if (EMULATING.includes(command)) return undefined;
  return async (change) => {
    const [{ auditHook }, { AuditLog }] = await Promise.all([import('../audit/hook.js'), import('../audit/log.js')]);
    const log = logs.get(context) ?? new AuditLog(context.options.audit ?? usersLog());
    logs.set(context, log);
    return auditHook(log, { command, port, name })(change);
  };
}

/** How the functions of fleet/ find and reach terminals, `jobs` at a time. */
export function reach(context: Context, jobs?: number): FindOptions {
  return {
    connect: (port, key, name) => connect(context, port, key, name),
    ports: () => findPorts(context.options.dir),
    jobs,
    signal: context.signal,
  };
}

/** With `--timeout`, requests are tried that long, however many tries that takes. */
function patience({
  command,
  options: { timeout },
}: Context): Pick<TerminalOptions, 'totalMs' | 'deadlineMs' | 'tries'> {
  // A screen is looked at for as long as somebody wants to.
  if (timeout === undefined) return command === 'screen' ? {} : { totalMs: TOTAL_SECONDS * 1000 };
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
