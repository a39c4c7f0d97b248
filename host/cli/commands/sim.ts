import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { EmulatedTerminal } from '../../emulator/emulated-terminal.js';
import { frameWatch } from '../../smp/frame-text.js';
import { readFaults } from '../../sim/fault-file.js';
import { startTerminals, type StartedTerminal, type StartOptions } from '../../sim/start-terminals.js';
import { OctobindError } from '../../error.js';
import type { TraceFile } from '../../sim/trace-file.js';
import type { Context } from '../context.js';
import { eventText } from '../event-view.js';
import { isVirgin, loadNew } from '../load-new.js';
import { self } from '../names.js';
import { whole } from '../options.js';
import { addSimCtl } from './sim-ctl.js';

const LAST_PORT = 65_535;

/** Options of each command that runs emulated terminals. */
export interface TerminalOptions {
  readonly tcp?: number;
  readonly faults?: string;
  readonly virgin?: true;
  readonly firmware?: string;
}

export function add(command: Command, context: Context): void {
  command.option('--terminals <n>', 'number of terminals', whole(1, 1000), 1);
  addTerminalOptions(command).action((options: TerminalOptions & { readonly terminals: number }) =>
    runTerminals(options, context),
  );
  addSimCtl(command, context);
}

export function addTerminalOptions(command: Command): Command {
  return command
    .option('--pty', 'connect them to pseudo-terminals (default)')
    .addOption(
      new Option(
        '--tcp <port>',
        'connect them to TCP ports on this machine: the first to this port, the others to the ports after it',
      )
        .argParser(whole(1, LAST_PORT))
        .conflicts('pty'),
    )
    .option('--faults <file>', 'YAML file with a table of line faults')
    .option('--virgin', 'leave new terminals without keys, to load them yourself')
    .option('--firmware <file>', 'run another build of the firmware, such as build/debug/terminal.wasm');
}

/** Runs emulated terminals until Ctrl-C, or until the trace cannot be written. */
export async function runTerminals(
  { terminals: count, tcp, faults, virgin, firmware }: TerminalOptions & { readonly terminals: number },
  context: Context,
  trace?: TraceFile,
): Promise<void> {
  const { dir, baud } = context.options;
  if (tcp !== undefined && tcp + count - 1 > LAST_PORT) {
    throw new OctobindError(
      'USAGE',
      `The last TCP port is ${LAST_PORT}. Start at a lower port, or start fewer terminals.`,
    );
  }
  const started = await startTerminals({
    count,
    dir,
    observe: trace?.observe,
    signal: context.signal,
    firmware,
    prepare: (name, terminal) => watchTerminal(name, terminal, context),
    ...troubles(context),
    ...(tcp !== undefined && { tcp }),
    ...(baud !== undefined && { baud }),
    ...(faults !== undefined && { faults: await readFaults(faults) }),
  });
  context.defer(() => started.close());
  // A terminal that trapped at its start is off, and takes no key.
  const canLoad = (one: StartedTerminal): boolean => one.terminal.isOn && isVirgin(one);
  if (!virgin) await loadNew(started.terminals, canLoad, context);
  const terminals = started.terminals.map(({ name, serial, port }) => ({ name, serial, port }));
  context.output.result({ terminals }, () =>
    [
      ...started.terminals.map(({ terminal: { isOn }, ...shown }) =>
        isOn ? (virgin ? virginText : terminalText)(shown, context.keysDir) : offText(shown),
      ),
      `Ctrl-C stops them. Their cards and keys stay in ${dir}.`,
    ].join('\n'),
  );
  await Promise.race([context.interrupted(), ...(trace ? [trace.failed] : [])]);
}

/**
 * Shows what a terminal does from here on: its events, and with `--verbose` the frames on its
 * line.
 */
export function watchTerminal(
  name: string,
  watched: Pick<EmulatedTerminal, 'onEvent' | 'onLine'>,
  context: Context,
): void {
  const show = (text: string): void => context.output.event(`${name}  ${text}`);
  watched.onEvent = (code, value) => show(eventText(code, value));
  if (context.options.verbose) watched.onLine = frameWatch(show);
}

/** Shows what goes wrong with a terminal, a line each. */
export function troubles({ output }: Context): Pick<StartOptions, 'onTrap' | 'onDiskError'> {
  return {
    onTrap: (name, { message }) => output.event(`${name}  ${message}`),
    onDiskError: (name, message) => output.event(`${name}  ${message}`),
  };
}

interface Shown {
  readonly name: string;
  readonly serial: string;
  readonly port: string;
}

/** A running terminal, with two commands to try in another shell. */
export const terminalText = (terminal: Shown, keysDir: string): string => textWith(['list', 'bind'], terminal, keysDir);

/** A running terminal that has no key yet, with the commands to load it. */
export const virginText = (terminal: Shown, keysDir: string): string =>
  textWith(['keys status', `keys load --in-clear ${quoted(terminal.serial)}`], terminal, keysDir);

/** A terminal that trapped while it started. */
const offText = ({ name, serial }: Shown): string =>
  `${name}  ${serial}  is off: its firmware trapped while it started.`;

function textWith(commands: readonly string[], { name, serial, port }: Shown, keysDir: string): string {
  // Another shell may be in another folder.
  const at = `--port ${quoted(port)} --keys ${quoted(resolve(keysDir))}`;
  return [`${name}  ${serial}  ${port}`, ...commands.map((command) => `    ${self()} ${command} ${at}`)].join('\n');
}

/** Quotes a text, if a shell would not take it as one word. */
const quoted = (word: string): string =>
  /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
