import { createRequire } from 'node:module';
import { Command, Help, type Option } from 'commander';
import { OctobindError } from '../error.js';
import type { Context, GlobalOptions } from './context.js';
import { DEFAULT_DIR, whole } from './options.js';
import { addApply } from './commands/apply.js';
import { addBoard } from './commands/board.js';
import { addBind } from './commands/bind.js';
import { addCard } from './commands/card-check.js';
import { addDemo } from './commands/demo.js';
import { addFormat } from './commands/format.js';
import { addInfo } from './commands/info.js';
import { addKeys } from './commands/keys.js';
import { addList } from './commands/list.js';
import { addPorts } from './commands/ports.js';
import { addRecord } from './commands/record.js';
import { addReplace } from './commands/replace.js';
import { addReplay } from './commands/replay.js';
import { addSim } from './commands/sim.js';
import { addUnbind } from './commands/unbind.js';
import { addVerify } from './commands/verify.js';
import { addWhere } from './commands/where.js';

const { version } = createRequire(import.meta.url)('octobind/package.json') as { version: string };

/** Commands that work on the one terminal that `--port` names, or on none at all where it makes no sense to name one. */
const TAKES_PORT = ['info', 'list', 'bind', 'unbind', 'replace', 'verify', 'format', 'load', 'status', 'passwords'];

const EXIT_CODES = 'Exit codes: 0 done, 1 refused, 2 usage, 3 no link, 130 given up.';

/** The command line. `context` reads its options when a command runs. */
export function createProgram(contextOf: (options: () => GlobalOptions) => Context): Command {
  const program = new Command('octobind');
  const context = contextOf(() => program.opts());
  program
    .description('Bind bank cards on card terminals')
    .version(version)
    .option('--port <address>', 'terminal: /dev/tty…, tcp://host:port; without it, the only one there is')
    .option('--baud <n>', 'bits per second on a serial line', whole(300, 4_000_000))
    .option('--dir <dir>', 'where emulated terminals are kept', DEFAULT_DIR)
    .option('--keys <dir>', "folder of the master key's two components; without it, --dir")
    .option('--json', 'print one JSON document')
    .option('-v, --verbose', 'show SMP frames as they pass, on standard error')
    .addHelpText('after', `\n${EXIT_CODES}`)
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions })
    // Errors are thrown: `main` prints them in the form that was asked for, and takes numbers out of them.
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .hook('preAction', (_, command) => {
      if (context.options.port === undefined || TAKES_PORT.includes(command.name())) return;
      throw new OctobindError('USAGE', `The command ${command.name()} takes no --port. Leave it out.`);
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
    addFormat,
    addKeys,
    addCard,
    addWhere,
    addDemo,
  ]) {
    add(program, context);
  }
  return program;
}

/** A command's help leaves out the option that it would refuse. */
function visibleGlobalOptions(this: Help, command: Command): Option[] {
  const options = Help.prototype.visibleGlobalOptions.call(this, command);
  return options.filter(({ long }) => long !== '--port' || TAKES_PORT.includes(command.name()));
}
