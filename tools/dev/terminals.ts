// The terminals that `npm run dev` restarts: a process of the command line, as anybody runs it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Running {
  readonly name: string;
  readonly serial: string;
  readonly port: string;
}

/** What the command line prints first with --json. */
type Document = { readonly terminals: readonly Running[] } | { readonly error: { readonly message: string } };

/** Exit status of the command line if its options are wrong. */
const USAGE = 2;

/** The command line has refused its options. */
export class OptionsRefused extends Error {}

export class Terminals {
  /** Takes what they print while they run: events, traps. */
  onLine: ((line: string) => void) | undefined;
  /** Told when they end by themselves. */
  onEnd: (() => void) | undefined;
  #child: ChildProcess | undefined;

  constructor(private readonly command: readonly string[]) {
    // A process group of its own gets no Ctrl-C: a second one, from here, would end it at once.
    process.on('exit', () => this.#child?.kill());
  }

  get areOn(): boolean {
    return this.#child !== undefined;
  }

  /** Starts them; resolves once they can be reached. Throws what the command line has to say. */
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
    if (first === undefined) throw new Error('The command line ended without a word.');
    const document = JSON.parse(first) as Document;
    if ('error' in document) {
      const [status] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode];
      throw status === USAGE ? new OptionsRefused(document.error.message) : new Error(document.error.message);
    }
    output.on('line', (line) => this.onLine?.(line));
    return document.terminals;
  }

  /** Ends them in order; what they hold stays in their flash images. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
}
