import { readFileSync } from 'node:fs';
import { watch, type FSWatcher } from 'chokidar';
import { digest } from '../make/digest.mjs';
import { STEPS } from '../make/steps.mjs';
import { Builds } from './builds.js';
import { log, secondsSince } from './log.js';
import type { Options } from './options.js';
import { OptionsRefused, Terminals } from './terminals.js';

/** Wait this long after a change: editors write in several steps, and some write several files. */
const SETTLED_MS = 40;

/** Builds after each change, and runs terminals with what was built last. */
export class Loop {
  readonly #builds = new Builds();
  readonly #terminals: Terminals;
  readonly #firmware: string;
  #watcher: FSWatcher | undefined;
  /** When the first change came that is not built yet. */
  #changedAt: number | undefined;
  #wake: (() => void) | undefined;
  #isEnding = false;
  #hasFailed = false;
  /** Digest of the firmware that the terminals run. */
  #running = '';
  readonly #counts = { builds: 0, failed: 0, restarts: 0 };

  constructor(private readonly options: Options) {
    const { board, command } = options;
    this.#firmware = board === undefined ? 'build/debug/terminal.wasm' : `build/boards/${board}-debug/terminal.elf`;
    this.#terminals = new Terminals(command);
    // Their lines begin with the time, as those of `log` do.
    this.#terminals.onLine = (line) => log(`| ${line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, '')}`);
    this.#terminals.onEnd = () => log('The terminals ended. A change starts them again.');
  }

  /** What the loop has done, as one line. */
  get summary(): string {
    const { builds, failed, restarts } = this.#counts;
    const times = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
    return `Ended: ${times(builds, 'build')}, ${failed} failed, ${times(restarts, 'restart')}. Flash and keys stay in ${this.options.dir}.`;
  }

  /** Never returns. Throws an error that no change of the sources can mend. */
  async run(): Promise<never> {
    const { board } = this.options;
    log(
      `Building now, and after each change of ${board === undefined ? 'assembly/ or host/' : 'assembly/, host/ or device/'}. Ctrl-C ends it.`,
    );
    await this.#watch();
    this.#changedAt = performance.now();
    for (;;) {
      const since = this.#changedAt ?? performance.now();
      this.#changedAt = undefined;
      await this.#cycle(since);
      await this.#nextChange();
    }
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    this.#builds.stop();
    await this.#watcher?.close();
    await this.#terminals.stop();
  }

  #paths(): string[] {
    const inputs = STEPS.flatMap((step) => step.inputs).filter((path) => !path.startsWith('build/'));
    return [...new Set([...inputs, ...(this.options.board === undefined ? [] : ['device'])])];
  }

  async #watch(): Promise<void> {
    const watcher = watch(this.#paths(), { ignoreInitial: true });
    this.#watcher = watcher;
    watcher.on('all', () => {
      this.#changedAt ??= performance.now();
      this.#builds.stopRelease();
      this.#wake?.();
    });
    await new Promise<void>((resolve) => watcher.once('ready', resolve));
  }

  async #nextChange(): Promise<void> {
    if (this.#changedAt === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  }

  async #cycle(since: number): Promise<void> {
    const { board } = this.options;
    const { done, ran } = await this.#builds.run(board);
    if (ran.length > 0 || !done) this.#counts.builds++;
    if (!done) {
      this.#counts.failed++;
      this.#hasFailed = true;
      if (this.#terminals.areOn) log('The terminals go on with what was built before.');
      return;
    }
    const firmware = digest(readFileSync(this.#firmware));
    if (!this.#terminals.areOn || firmware !== this.#running || ran.includes('host')) {
      this.#running = firmware;
      await this.#restart(since);
    } else if (ran.length > 0) log('The firmware is the same: nothing is restarted.');
    else if (this.#hasFailed) log('The sources are again those of the last build: nothing is restarted.');
    this.#hasFailed = false;
    if (this.#isEnding) return;
    void this.#builds.warm();
    if (this.#changedAt === undefined) void this.#builds.runRelease();
  }

  async #restart(since: number): Promise<void> {
    const isFirst = !this.#terminals.areOn;
    await this.#terminals.stop();
    if (this.#isEnding) return;
    try {
      const running = await this.#terminals.start();
      if (!isFirst) this.#counts.restarts++;
      for (const { name, serial, port } of running)
        log(`${isFirst ? 'started' : 'restarted'} ${name}  ${serial}  ${port}`);
      const [first] = running;
      if (first) await this.#tellFirstReply(first.port, since);
    } catch (error) {
      if (error instanceof OptionsRefused) throw error;
      log(`The terminals do not start: ${(error as Error).message}`);
    }
  }

  async #tellFirstReply(port: string, since: number): Promise<void> {
    // Only now: the host's sources import files of the build, which may not exist at the start.
    const { firstReply } = await import('./first-reply.js');
    try {
      const said = await firstReply(port, this.options.baud);
      log(`first reply OK, ${secondsSince(since)} after the change: ${said}`);
    } catch (error) {
      log(`no reply: ${(error as Error).message}`);
    }
  }
}
