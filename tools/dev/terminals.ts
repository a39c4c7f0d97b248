// The terminals that `npm run dev` restarts: a process of our command line.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Running {
  readonly name: string;
  readonly serial: string;
  readonly port: string;
}

/** The first line that the command line prints with --json. */
type Document = { readonly terminals: readonly Running[] } | { readonly error: { readonly message: string } };

/** The command line's exit status for wrong options. */
const USAGE = 2;

/** The command line refused its options. */
export class OptionsRefused extends Error {}

export class Terminals {
  /** Receives what they print while they run: events, traps. */
  onLine: ((line: string) => void) | undefined;
  /** Called when they end by themselves. */
  onEnd: (() => void) | undefined;
  #child: ChildProcess | undefined;

  constructor(private readonly command: readonly string[]) {
    // `detached` keeps Ctrl-C from the child: the SIGTERM of `stop` would be a second signal,
    // which ends it at once. So this process must end it in every case.
    process.on('exit', () => this.#child?.kill());
  }

  get areOn(): boolean {
    return this.#child !== undefined;
  }

  /** Starts them. Resolves once they can be reached. Throws the command line's error. */
  async start(): Promise<readonly Running[]> {
    const child = spawn(process.execPath, ['build/host/cli/main.js', ...this.command, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.onEnd?.();
    });
    createInterface({ input: child.stderr }).on('line', (line) => this.onLine?.(line));
    const output = createInterface({ input: child.stdout });
    const [first] = (await Promise.race([once(output, 'line'), once(output, 'close')])) as [string?];
    if (first === undefined) throw new Error('The command line ended without output.');
    const document = JSON.parse(first) as Document;
    if ('error' in document) {
      const [status] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode];
      throw status === USAGE ? new OptionsRefused(document.error.message) : new Error(document.error.message);
    }
    output.on('line', (line) => this.onLine?.(line));
    return document.terminals;
  }

  /** Ends them with SIGTERM. Their cards stay in their flash images. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}
