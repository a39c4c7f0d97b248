// Runs the programs that build the boards.
import { spawnSync } from 'node:child_process';

/** An error whose message is for the user; no stack trace is needed. */
export class ToolError extends Error {}

/** Runs a program, and returns what it prints. */
export function output(command: string, ...arguments_: string[]): string {
  const { status, stdout, error } = spawnSync(command, arguments_, { stdio: ['ignore', 'pipe', 2], encoding: 'utf8' });
  if (error) throw new ToolError(`${error.message}. Run npm run setup:board.`);
  if (status !== 0) throw new ToolError(`${[command, ...arguments_].join(' ')} failed.`);
  return stdout;
}
