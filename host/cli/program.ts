import { createRequire } from 'node:module';
import { Command, type CommanderError, Help, type Option } from 'commander';
import { OctobindError } from '../error.js';
import { redactDigits } from '../redact.js';
import type { Context, GlobalOptions } from './context.js';
import { DEFAULT_DIR, whole } from './options.js';

const { version } = createRequire(import.meta.url)('octobind/package.json') as { version: string };

/** Gives a command its arguments, options, subcommands and action. */
type Add = (command: Command, context: Context) => void;

/** The command that shows all the others. */
const NEEDS_ALL = 'completion';

/**
 * The commands, in the order of the help: name, description, file. A file is loaded only if the
 * command line names its command, because all files with their libraries take 0.4 s.
 */
const COMMANDS: readonly (readonly [name: string, description: string, load: () => Promise<{ add: Add }>])[] = [
  ['sim', 'emulate terminals until Ctrl-C; their flash images are kept in --dir', () => import('./commands/sim.js')],
  ['board', 'run the firmware as machine code, on boards that QEMU emulates', () => import('./commands/board.js')],
  [
    'record',
    'emulate one terminal until Ctrl-C, and record all that crosses its HAL in a trace for `replay`',
    () => import('./commands/record.js'),
  ],
  [
    'replay',
    'replay a trace of `record` with the firmware, and compare every byte',
    () => import('./commands/replay.js'),
  ],
  ['ports', 'list running emulated terminals, and serial ports on USB', () => import('./commands/ports.js')],
  [
    'info',
    'show serial numbers, versions, builds, boards, buffers and counters of terminals',
    () => import('./commands/info.js'),
  ],
  ['ping', 'ask a terminal for an echo, and show the time until its reply', () => import('./commands/ping.js')],
  ['clock', "show terminals' clocks, or set them", () => import('./commands/clock.js')],
  ['reset', 'restart terminals, and wait until they reply again', () => import('./commands/reset.js')],
  [
    'screen',
    'show the screen of a terminal, and type on its keypad if it is a development terminal',
    () => import('./commands/screen.js'),
  ],
  ['list', 'show the eight slots of terminals, with masked numbers', () => import('./commands/list.js')],
  [
    'bind',
    'bind a card; its number comes from a hidden prompt, standard input or a card file',
    () => import('./commands/bind.js'),
  ],
  ['unbind', 'empty a slot', () => import('./commands/unbind.js')],
  ['replace', 'set all eight slots in one atomic change', () => import('./commands/replace.js')],
  [
    'verify',
    'make terminals prove what they hold, over a fresh nonce; exit code 1 if they hold something else',
    () => import('./commands/verify.js'),
  ],
  [
    'apply',
    'change many terminals to match a plan; slots that already match are left alone',
    () => import('./commands/apply.js'),
  ],
  ['plan', 'write a plan for many terminals', () => import('./commands/plan.js')],
  ['policy', "the bank's policy: whom to call, who may change cards, limits", () => import('./commands/policy.js')],
  ['format', 'create an empty table, whatever the flash holds', () => import('./commands/format.js')],
  [
    'keys',
    'manage the master key, the keys of terminals, and the passwords of their menus',
    () => import('./commands/keys.js'),
  ],
  [
    'audit',
    'show which changes of terminals were made, by whom, and how they ended',
    () => import('./commands/audit.js'),
  ],
  ['card', 'work on cards without a terminal', () => import('./commands/card-check.js')],
  [
    'where',
    "name the function and the line of an address, such as that of `failed_at` in a terminal's info",
    () => import('./commands/where.js'),
  ],
  [
    'demo',
    'show everything on three emulated terminals, which stay on until Ctrl-C',
    () => import('./commands/demo.js'),
  ],
  [
    NEEDS_ALL,
    'print a script that completes commands and options in a shell',
    () => import('./commands/completion.js'),
  ],
];

/** Options for some commands alone. The others refuse them. */
type Limited = 'port' | 'timeout' | 'audit';

/** Commands that change terminals, each of which goes into the audit log. */
const CHANGING = [
  'bind',
  'unbind',
  'replace',
  'format',
  'policy set',
  'clock set',
  'reset',
  'keys load',
  'keys passwords',
];
/**
 * Commands that take `--port`. The others work on no terminal, or know its port from elsewhere.
 */
const TAKES_PORT = [
  'info',
  'ping',
  'clock show',
  'screen',
  'list',
  'verify',
  'policy show',
  'keys status',
  ...CHANGING,
];
const TAKERS: Partial<Record<string, readonly string[]>> & Record<Limited, readonly string[]> = {
  port: TAKES_PORT,
  timeout: [...TAKES_PORT, 'apply'],
  audit: [...CHANGING, 'apply', 'audit', 'audit verify'],
};

const EXIT_CODES = 'Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no link, 130 interrupted.';

/**
 * Builds the program for a command line. Commands that `args` does not name have a name and a
 * description alone. The context reads its options when a command runs.
 */
export async function createProgram(
  args: readonly string[],
  contextOf: (options: () => GlobalOptions) => Context,
): Promise<Command> {
  const program = new Command('octobind');
  const context = contextOf(() => program.opts());
  program
    .description('Bind bank cards on card terminals')
    .version(version)
    .option(
      '-s, --port <terminal>',
      'the terminal: its serial number, a name in `octobind ports`, /dev/tty…, host:port (default: the only one)',
    )
    .option('--baud <n>', 'bits per second on a serial line', whole(300, 4_000_000))
    .option(
      '--timeout <s>',
      'seconds to try, for one terminal (default: as each request needs, 120 in all)',
      whole(1, 86_400),
    )
    .option('--dir <dir>', 'folder of the emulated terminals', DEFAULT_DIR)
    .option('--keys <dir>', "folder of the master key's two components (default: --dir)")
    .option('--audit <file>', "the audit log (default: octobind/audit.jsonl in this user's state folder)")
    .option('--json', 'print one JSON document')
    .option('-v, --verbose', 'show each SMP frame on standard error')
    .addHelpText('after', `\n${EXIT_CODES}`)
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions })
    .configureOutput({ outputError: () => undefined })
    .hook('preAction', (_, command) => {
      context.command = nameOf(command);
      for (const option of Object.keys(TAKERS) as Limited[]) {
        if (context.options[option] === undefined || TAKERS[option].includes(context.command)) continue;
        throw new OctobindError('USAGE', `The command ${context.command} takes no --${option}. Leave it out.`);
      }
    });
  for (const [name, description, load] of COMMANDS) {
    const command = program.command(name).description(description);
    if (args.includes(name) || args.includes(NEEDS_ALL)) (await load()).add(command, context);
  }
  for (const command of withSubcommands(program)) command.exitOverride(throwUsage(command));
  return program;
}

function* withSubcommands(command: Command): Generator<Command> {
  yield command;
  for (const inner of command.commands) yield* withSubcommands(inner);
}

/** Errors are thrown. `main` prints them, as text or JSON, and removes card numbers. */
const throwUsage = (command: Command) => (error: CommanderError) => {
  if (error.exitCode === 0) throw error;
  const text = error.code === 'commander.help' ? 'A command is missing.' : error.message.replace(/^error: /, '');
  throw new OctobindError('USAGE', `${redactDigits(text)} Try \`${pathOf(command)} --help\`.`);
};

const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** A command without the program's name: `keys load`. */
const nameOf = (command: Command): string => pathOf(command).split(' ').slice(1).join(' ');

/** Leaves an option out of the help of a command that would refuse it. */
function visibleGlobalOptions(this: Help, command: Command): Option[] {
  const options = Help.prototype.visibleGlobalOptions.call(this, command);
  return options.filter((option) => TAKERS[option.attributeName()]?.includes(nameOf(command)) ?? true);
}
