// A program of ours that stays loaded, and does one job after the other.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { digest, digestsOf } from '../make/digest.mjs';
import { Turns } from '../make/turns.mjs';

/** `work`: do the job. `warm`: do the same, but write nothing. */
export type Request = 'work' | 'warm';

/** The result of a job. */
export interface Result {
  readonly done: boolean;
  /** Errors and warnings, a line each: `file:line:column error …`. */
  readonly lines: readonly string[];
}

export class Resident {
  #child: ChildProcess | undefined;
  #read = '';
  readonly #turns = new Turns(1);

  /** `reads` are files that it reads only at its start. When they change, it is started again. */
  constructor(
    private readonly program: string,
    private readonly reads: readonly string[],
  ) {}

  /**
   * Makes it load all that it needs, unless it runs, so that the first job is as fast as others.
   */
  async warm(): Promise<void> {
    if (!this.#child) await this.#ask('warm');
  }

  /** Makes it do its job. Starts it if necessary. */
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

/** Runs in the resident program: answers requests, and ends when its parent ends. */
export function serve(work: (request: Request) => Promise<Result>): void {
  process.on('message', (request: Request) => void work(request).then((result) => process.send?.(result)));
  process.on('disconnect', () => process.exit());
  // Ctrl-C is for the parent.
  process.on('SIGINT', () => undefined);
}
