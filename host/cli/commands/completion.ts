import { Argument, type Command } from 'commander';
import { completionScript, type Shell, SHELLS } from '../completion.js';
import type { Context } from '../context.js';

export function add(command: Command, context: Context): void {
  command.addArgument(new Argument('<shell>').choices(SHELLS)).action((shell: Shell) => {
    const script = completionScript(command.parent ?? command, shell);
    context.output.result({ shell, script }, () => script);
  });
}
