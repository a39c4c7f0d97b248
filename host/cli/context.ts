import { auditHook } from '../audit/hook.js';
import { AuditLog } from '../audit/log.js';
import { linkFromAddress } from '../link/node/address.js';
import { KeyedRecord } from '../fleet/keyed-record.js';
import { readMasterKey } from '../fleet/master-key.js';
import { terminalKey } from '../crypto/key-derivation.js';
import { type FindOptions, findTargets, keyFor } from '../fleet/targets.js';
import type { TerminalKey } from '../session/opening.js';
import { frameWatch } from '../smp/frame-text.js';
import type { TerminalOptions } from '../terminal/requests.js';
import { Terminal } from '../terminal/terminal.js';
import { EMULATING, usersLog } from './audit.js';
import { findPorts, terminalNamed } from './discovery.js';
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

/** For all requests to one terminal, if no option gives another time. */
const TOTAL_SECONDS = 120;

/** What one run of the program shares: options, output, and the cleanup at its end. */
export class Context {
  /** The exit code, if no error ends the run. */
  exit = Exit.Done;
  /** The command that runs, with the one that it belongs to: `keys load`. */
  command = '';
  #log: AuditLog | undefined;
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

  async undoAll(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) await undo();
  }

  /**
   * Returns the terminal behind an address. `name` is what a plan calls it. It is closed when the
   * run ends, unless the caller closes it before. Each change of it goes into the audit log.
   */
  connect(address: string, key: TerminalKey = this.terminalKey, name?: string): Terminal {
    const { baud, verbose } = this.options;
    const watch = verbose && frameWatch((line) => this.output.event(line));
    const link = linkFromAddress(address, baud === undefined ? {} : { baudRate: baud });
    const onChange = this.#onChange(address, name);
    const terminal = new Terminal(link, { ...this.#patience(), signal: this.signal, key, watch, onChange });
    this.defer(() => terminal.close());
    return terminal;
  }

  /** A terminal's key, derived from the master key of the options. */
  readonly terminalKey: TerminalKey = async (serial) => terminalKey(await this.masterKey(), serial);

  /** How the functions of fleet/ find and reach terminals, `jobs` at a time. */
  reach(jobs?: number): FindOptions {
    return {
      connect: (port, key, name) => this.connect(port, key, name),
      ports: () => findPorts(this.options.dir),
      jobs,
      signal: this.signal,
    };
  }

  #onChange(port: string, name: string | undefined): TerminalOptions['onChange'] {
    const { command } = this;
    if (EMULATING.includes(command)) return undefined;
    this.#log ??= new AuditLog(this.options.audit ?? usersLog());
    return auditHook(this.#log, { command, port, name });
  }

  /** With `--timeout`, requests are tried that long, however many tries that takes. */
  #patience(): Pick<TerminalOptions, 'totalMs' | 'deadlineMs' | 'tries'> {
    const { timeout } = this.options;
    if (timeout === undefined) return { totalMs: TOTAL_SECONDS * 1000 };
    return { totalMs: timeout * 1000, deadlineMs: timeout * 1000, tries: Infinity };
  }

  /**
   * The terminal that the options name, or the only one there is. If they name its serial number,
   * it opens a session only if the terminal has that one.
   */
  async terminal(): Promise<{ terminal: Terminal; port: string }> {
    const wanted = await terminalNamed(this.options.port, this.options.dir);
    const [found] = await findTargets([wanted], this.reach());
    if (found?.error) throw found.error;
    const { port = '', serial } = found ?? {};
    return { terminal: this.connect(port, keyFor(serial, port, this.terminalKey)), port };
  }

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

  /** Opens the record of keyed terminals beside the master key. It is closed when the run ends. */
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
