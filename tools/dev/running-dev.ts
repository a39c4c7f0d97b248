// `npm run dev` as a process, for tests and measurements.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const LONGEST_MS = 120_000;

export class RunningDev {
  /** The lines that it has printed. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #wake: (() => void) | undefined;

  constructor(folder: string, ...options: readonly string[]) {
    const child = spawn(process.execPath, ['tools/run.mjs', 'tools/dev/main.ts', ...options], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        this.#wake?.();
      });
    }
    this.#closed = once(child, 'close');
  }

  /** Waits, for two minutes at most, for a line that matches, from index `from` on. */
  async line(pattern: RegExp, from = 0): Promise<string> {
    const giveUp = performance.now() + LONGEST_MS;
    for (;;) {
      const found = this.lines.slice(from).find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || performance.now() > giveUp) {
        throw new Error(`no line ${String(pattern)}:\n${this.lines.join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 100);
      });
    }
  }

  /** Sends Ctrl-C. Returns the exit status. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.ended();
  }

  /** Waits until it ends. Returns the exit status. */
  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }
}
