import { linkFromAddress } from '../link/node/address.js';
import { KeyedRecord } from '../fleet/keyed-record.js';
import { readMasterKey } from '../fleet/master-key.js';
import { terminalKey } from '../crypto/key-derivation.js';
import type { TerminalKey } from '../session/opening.js';
import { frameWatch } from '../smp/frame-text.js';
import { Terminal } from '../terminal/terminal.js';
import { choosePort } from './discovery.js';
import { Exit } from './exit.js';
import type { Output } from './output.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly port?: string;
  readonly baud?: number;
  readonly dir: string;
  readonly keys?: string;
  readonly verbose?: true;
}

/** What one run of the program shares: options, output, and what has to be undone at its end. */
export class Context {
  /** What the run answers when no error ends it. */
  exit = Exit.Done;
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

  /** Has something undone when the run ends, however it ends; last come, first undone. */
  defer(undo: () => Promise<void> | void): void {
    this.#undo.push(undo);
  }

  async undoAll(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }

  /** The terminal behind an address. It is closed by whoever is done with it, at the latest when the run ends. */
  connect(address: string, key: TerminalKey = async (serial) => terminalKey(await this.masterKey(), serial)): Terminal {
    const { baud, verbose } = this.options;
    const watch = verbose && frameWatch((line) => this.output.event(line));
    const link = linkFromAddress(address, baud === undefined ? {} : { baudRate: baud });
    const terminal = new Terminal(link, { signal: this.signal, key, watch });
    this.defer(() => terminal.close());
    return terminal;
  }

  /** The terminal that the options name, or the only one there is. */
  async terminal(): Promise<{ terminal: Terminal; port: string }> {
    const { port = await choosePort(this.options.dir) } = this.options;
    return { terminal: this.connect(port), port };
  }

  /** The folder of the master key's two components. */
  get keysDir(): string {
    const { keys, dir } = this.options;
    return keys ?? dir;
  }

  /** The acquirer's master key, which is wiped when the run ends. */
  masterKey(): Promise<Uint8Array> {
    return (this.#master ??= this.readMaster(this.keysDir));
  }

  /** The master key under a folder, which is wiped when the run ends. */
  async readMaster(dir: string): Promise<Uint8Array> {
    const master = await readMasterKey(dir);
    this.defer(() => void master.fill(0));
    return master;
  }

  /** The record of keyed terminals beside the master key, which is closed when the run ends. */
  keyedRecord(): KeyedRecord {
    const record = new KeyedRecord(this.keysDir);
    this.defer(() => record.close());
    return record;
  }

  /** Resolves at Ctrl-C. */
  async interrupted(): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => this.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
