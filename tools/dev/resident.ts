// A program of ours that stays loaded, and does one piece of work after the other.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { digest, digestsOf } from '../make/digest.mjs';
import { Turns } from '../make/turns.mjs';

/** To work, or to do the same without an effect. */
export type Request = 'work' | 'warm';

/** How a piece of work ended. */
export interface Result {
  readonly done: boolean;
  /** Errors and warnings, a line each: `file:line:column error …`. */
  readonly lines: readonly string[];
}

export class Resident {
  #child: ChildProcess | undefined;
  #read = '';
  readonly #turns = new Turns(1);

  /** `reads` are files that it reads once, so that it is started anew when they change. */
  constructor(
    private readonly program: string,
    private readonly reads: readonly string[],
  ) {}

  /** Has it load all that it needs, unless it has, so that the first piece of work takes no longer than others. */
  async warm(): Promise<void> {
    if (!this.#child) await this.#ask('warm');
  }

  /** Has it work, once it has started. */
  work(): Promise<Result> {
    return this.#ask('work');
  }

  async #ask(what: Request): Promise<Result> {
    const read = digest(JSON.stringify(digestsOf(this.reads)));
    if (read !== this.#read) this.stop();
    this.#read = read;
    const child = (this.#child ??= this.#start());
    return this.#turns.take(async () => {
      child.send(what);
      const [result] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
      if (typeof result === 'object' && result !== null) return result as Result;
      return { done: false, lines: [`${this.program} ended`] };
    });
  }

  stop(): void {
    this.#child?.kill();
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork('tools/run.mjs', [this.program]);
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }
}

/** The other side: does what it is asked for, and ends with whoever asks. */
export function serve(work: (request: Request) => Promise<Result>): void {
  process.on('message', (request: Request) => void work(request).then((result) => process.send?.(result)));
  process.on('disconnect', () => process.exit());
  // Ctrl-C is for the one who asks.
  process.on('SIGINT', () => undefined);
}
