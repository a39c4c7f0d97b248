import { createRequire } from 'node:module';
import { Command, type CommanderError, Help, type Option } from 'commander';
import { OctobindError } from '../error.js';
import { redactDigits } from '../redact.js';
import type { Context, GlobalOptions } from './context.js';
import { DEFAULT_DIR, whole } from './options.js';
import { addApply } from './commands/apply.js';
import { addAudit } from './commands/audit.js';
import { addBoard } from './commands/board.js';
import { addBind } from './commands/bind.js';
import { addCard } from './commands/card-check.js';
import { addDemo } from './commands/demo.js';
import { addFormat } from './commands/format.js';
import { addInfo } from './commands/info.js';
import { addKeys } from './commands/keys.js';
import { addList } from './commands/list.js';
import { addPlan } from './commands/plan.js';
import { addPorts } from './commands/ports.js';
import { addRecord } from './commands/record.js';
import { addReplace } from './commands/replace.js';
import { addReplay } from './commands/replay.js';
import { addSim } from './commands/sim.js';
import { addUnbind } from './commands/unbind.js';
import { addVerify } from './commands/verify.js';
import { addWhere } from './commands/where.js';

const { version } = createRequire(import.meta.url)('octobind/package.json') as { version: string };

/** Options for some commands alone. The others refuse them. */
type Limited = 'port' | 'timeout' | 'audit';

/** Commands that change terminals, each of which goes into the audit log. */
const CHANGING = ['bind', 'unbind', 'replace', 'format', 'keys load', 'keys passwords'];
/**
 * Commands that take `--port`. The others work on no terminal, or know its port from elsewhere.
 */
const TAKES_PORT = ['info', 'list', 'verify', 'keys status', ...CHANGING];
const TAKERS: Partial<Record<string, readonly string[]>> & Record<Limited, readonly string[]> = {
  port: TAKES_PORT,
  timeout: [...TAKES_PORT, 'apply'],
  audit: [...CHANGING, 'apply', 'audit', 'audit verify'],
};

const EXIT_CODES = 'Exit codes: 0 done, 1 refused, 2 wrong usage, 3 no link, 130 interrupted.';

/** Builds the command line. The context reads its options when a command runs. */
export function createProgram(contextOf: (options: () => GlobalOptions) => Context): Command {
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
  for (const add of [
    addSim,
    addBoard,
    addRecord,
    addReplay,
    addPorts,
    addInfo,
    addList,
    addBind,
    addUnbind,
    addReplace,
    addVerify,
    addApply,
    addPlan,
    addFormat,
    addKeys,
    addAudit,
    addCard,
    addWhere,
    addDemo,
  ]) {
    add(program, context);
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
