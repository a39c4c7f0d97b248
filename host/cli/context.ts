import { readMasterKey } from '../fleet/master-key.js';
import { terminalKey } from '../crypto/key-derivation.js';
import type { TerminalKey } from '../session/opening.js';
import { Exit } from './exit.js';
import type { Output } from './output.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly port?: string;
  readonly baud?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly dir: string;
  readonly keys?: string;
  readonly audit?: string;
  readonly verbose?: true;
}

/** What one run of the program shares: options, output, and the cleanup at its end. */
export class Context {
  /** The exit code, if no error ends the run. */
  exit = Exit.Done;
  /** The command that runs, with the one that it belongs to: `keys load`. */
  command = '';
  #master: Promise<Uint8Array> | undefined;
  readonly #undo: (() => Promise<void> | void)[] = [];

  constructor(
    readonly output: Output,
    readonly signal: AbortSignal,
    private readonly readOptions: () => GlobalOptions,
  ) {}

  get options(): GlobalOptions {
    return this.readOptions();
  }

  /** Runs `undo` when the run ends, however it ends. The last one that was deferred runs first. */
  defer(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  /** Returns `opened`, which is closed when the run ends, unless the caller closes it before. */
  closing<T extends { close(): Promise<void> | void }>(opened: T): T {
    this.defer(() => opened.close());
    return opened;
  }

  async undoAll(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }

  /** A terminal's key, derived from the master key of the options. */
  readonly terminalKey: TerminalKey = async (serial) => terminalKey(await this.masterKey(), serial);

  /** The folder of the master key's two components. */
  get keysDir(): string {
    const { keys, dir } = this.options;
    return keys ?? dir;
  }

  /** The acquirer's master key. It is wiped when the run ends. */
  masterKey(): Promise<Uint8Array> {
    return (this.#master ??= this.readMaster(this.keysDir));
  }

  /** Reads the master key in a folder. It is wiped when the run ends. */
  async readMaster(dir: string): Promise<Uint8Array> {
    const master = await readMasterKey(dir);
    this.defer(() => void master.fill(0));
    return master;
  }

  /** Resolves at Ctrl-C. */
  async interrupted(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
