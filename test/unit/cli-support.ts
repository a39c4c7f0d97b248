import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { spawn as spawnOnScreen } from '@lydell/node-pty';
import { expect } from 'vitest';
import { Context } from '../../host/cli/context.js';
import { Exit } from '../../host/cli/exit.js';
import { Output } from '../../host/cli/output.js';
import { createProgram } from '../../host/cli/program.js';

export const MAIN = join(import.meta.dirname, '../../build/host/cli/main.js');

export type Child = ChildProcessByStdio<Writable, Readable, Readable>;

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function start(args: readonly string[]): Child {
  if (!existsSync(MAIN)) throw new Error('build/host is missing: npx tsc -p tsconfig.build.json');
  const env = { ...process.env };
  // Hints name the command as it was called. Without this, they would say that npm called it.
  delete env.npm_lifecycle_event;
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env });
}

/** Runs the program to its end, with `input` on standard input. */
export async function run(args: readonly string[], input = ''): Promise<Run> {
  return finish(start(args), input);
}

export async function finish(child: Child, input = ''): Promise<Run> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  }
  // A program that refuses its command line never reads this.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/**
 * Runs the program on a pseudo-terminal. The keys of each reply are typed once its question has
 * appeared; each question is searched for behind the one before. Returns everything that was
 * shown.
 */
export async function onScreen(
  replies: readonly (readonly [question: string, keys: string | ((screen: string) => string)])[],
  args: readonly string[],
): Promise<{ code: number; screen: string }> {
  const program = spawnOnScreen(process.execPath, [MAIN, ...args], { cols: 100, rows: 30 });
  const waiting = [...replies];
  let screen = '';
  let seen = 0;
  program.onData((text) => {
    screen += text;
    const [question, keys] = waiting[0] ?? [];
    if (question === undefined || keys === undefined) return;
    const at = screen.indexOf(question, seen);
    if (at < 0) return;
    seen = at + question.length;
    waiting.shift();
    program.write(typeof keys === 'string' ? keys : keys(screen));
  });
  const { exitCode } = await new Promise<{ exitCode: number }>((resolve) => program.onExit(resolve));
  return { code: exitCode, screen };
}

export interface Sim {
  readonly child: Child;
  /** `panel` of boards alone. */
  readonly terminals: readonly { name: string; serial: string; port: string; panel?: string }[];
  /** Sends Ctrl-C, waits for the end, and returns the exit code. */
  stop(): Promise<number | null>;
}

/** Starts `octobind sim`, and waits until its terminals are ready. */
export const startSim = (...args: string[]): Promise<Sim> => startTerminals('sim', ...args);

/** Starts a command that runs terminals, and waits until they are ready. */
export async function startTerminals(...args: string[]): Promise<Sim> {
  const child = start([...args, '--json']);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line') as Promise<[string]>,
    closed.then(([code]) => {
      throw new Error(`${args[0]} ended with ${code}`);
    }),
  ]);
  const { terminals } = JSON.parse(line[0]) as Pick<Sim, 'terminals'>;
  return {
    child,
    terminals,
    async stop() {
      child.kill('SIGINT');
      return (await closed)[0];
    },
  };
}

/** Vitest's matchers, without their `any`. */
export const containing = (text: string): unknown => expect.stringContaining(text);
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** What a command prints, kept instead. */
class KeptOutput extends Output {
  constructor() {
    super(true);
    // Each Output listens for errors of standard output for as long as the program runs.
    for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  }

  document: unknown;
  readonly lines: string[] = [];

  override result(document: unknown, text: () => string): void {
    this.document = JSON.parse(JSON.stringify(document));
    this.say(text());
  }

  override say(text: string): void {
    this.lines.push(...text.split('\n'));
  }
}

/** What a command gave: the document of --json, its lines for people, its exit code. */
export interface Kept {
  readonly document: unknown;
  readonly lines: readonly string[];
  readonly exit: Exit;
}

/**
 * Runs a command in this process, which is faster than `run`. Throws the error that the program
 * would print.
 */
export async function runHere(...args: string[]): Promise<Kept> {
  const output = new KeptOutput();
  let context: Context | undefined;
  const program = await createProgram(
    args,
    (options) => (context = new Context(output, new AbortController().signal, options)),
  );
  try {
    await program.parseAsync(args, { from: 'user' });
    return { document: output.document, lines: output.lines, exit: context?.exit ?? Exit.Done };
  } finally {
    await context?.undoAll();
  }
}
