#!/usr/bin/env node
import './warnings.js';
import { constants } from 'node:os';
import { CommanderError } from 'commander';
import { OctobindError } from '../error.js';
import { refuseNumbers } from './argv.js';
import { Context } from './context.js';
import { Exit, exitOf } from './exit.js';
import { Output } from './output.js';
import { createProgram } from './program.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function main(args: readonly string[], output: Output): Promise<number> {
  // Node would print the error as it is, with a stack. A rejection that nobody handles comes here
  // too.
  process.on('uncaughtException', (error) => {
    output.error(error);
    process.exit(exitOf(error));
  });
  const abort = new AbortController();
  let signalled = 0;
  for (const name of SIGNALS) {
    process.on(name, () => {
      // A second signal ends the program at once.
      if (signalled !== 0) process.exit(signalled);
      signalled = 128 + constants.signals[name];
      abort.abort();
    });
  }
  let context: Context | undefined;
  try {
    refuseNumbers(args);
    const program = await createProgram(args, (options) => (context = new Context(output, abort.signal, options)));
    // Everything that waits takes the abort signal, so an interrupted command ends and cleans up
    // by itself.
    await program.parseAsync(args, { from: 'user' });
    return interruptedBy(signalled, context?.exit ?? Exit.Done);
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return Exit.Done;
    const error = translate(thrown);
    const exit = exitOf(error);
    if (exit === Exit.Interrupted) {
      if (output.json) output.error(error);
      return interruptedBy(signalled, exit);
    }
    output.error(error);
    return exit;
  } finally {
    await context?.undoAll();
  }
}

/** An interrupted program says by which signal. `signalled` is 0 if there was none. */
function interruptedBy(signalled: number, exit: Exit): number {
  return exit === Exit.Interrupted && signalled !== 0 ? signalled : exit;
}

/** Converts errors of the prompt to this package's errors. */
function translate(error: unknown): unknown {
  // The prompt gets Ctrl-C itself, in raw mode. An aborted read throws AbortError.
  if (error instanceof Error && ['ExitPromptError', 'AbortPromptError', 'AbortError'].includes(error.name)) {
    return new OctobindError('ABORTED', 'Interrupted.');
  }
  return error;
}

const args = process.argv.slice(2);
const output = new Output(args.includes('--json') || args.includes('--json-lines'));
const exit = await main(args, output);
// A pipe may be slow: exit only when all output is written, or cannot be. The stream tells an
// error after it has called back.
process.stdout.write('', () => setImmediate(end));

function end(): never {
  const { failure } = output;
  if (failure) output.error(failure, false);
  process.exit(failure && exit === (Exit.Done as number) ? exitOf(failure) : exit);
}
