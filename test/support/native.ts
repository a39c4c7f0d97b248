import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Symbol } from './gdb.js';

/**
 * The firmware as machine code in a process of its own, with its UART on a pseudo-terminal.
 * Sanitizers end the process if they find an error.
 */
export class NativeTerminal {
  #errors = '';

  private constructor(
    private readonly process: ChildProcess,
    readonly address: string,
    /** The PTY of its panel, if it has one. */
    readonly panel: string | undefined,
  ) {
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
  }

  /** With a screen of 20×8 cells if it has a panel. `bench` sets its strap. */
  static async start(flash: string, serial: string, { panel = false, bench = false } = {}): Promise<NativeTerminal> {
    const options = [...(panel ? ['--panel', '20x8'] : []), ...(bench ? ['--bench'] : [])];
    const child = spawn('build/boards/linux/terminal.elf', [flash, serial, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines = on(createInterface({ input: child.stdout }), 'line') as AsyncIterableIterator<[string]>;
    const line = async (): Promise<string> => ((await lines.next()).value as [string])[0];
    return new NativeTerminal(child, await line(), panel ? await line() : undefined);
  }

  /** Opens the case of the terminal. */
  open(): void {
    this.process.kill('SIGUSR1');
  }

  /** Lets `edit` change the memory at a symbol of the build. */
  change({ address, bytes }: Symbol, edit: (memory: Buffer) => void): void {
    const maps = readFileSync(`/proc/${this.process.pid}/maps`, 'utf8');
    const [, start = ''] = /^(\w+)-\S+ \S+ 0+ .*terminal\.elf$/m.exec(maps) ?? [];
    const at = parseInt(start, 16) + address;
    const file = openSync(`/proc/${this.process.pid}/mem`, 'r+');
    try {
      const memory = Buffer.alloc(bytes);
      readSync(file, memory, 0, bytes, at);
      edit(memory);
      writeSync(file, memory, 0, bytes, at);
    } finally {
      closeSync(file);
    }
  }

  /** Stops the process, at whatever instruction it is. */
  pause(): void {
    this.process.kill('SIGSTOP');
  }

  resume(): void {
    this.process.kill('SIGCONT');
  }

  /** Cuts the power. Throws if the process had ended before. */
  async cut(): Promise<void> {
    if (this.process.exitCode !== null) throw new Error(`the process had ended: ${this.#errors}`);
    this.process.kill('SIGKILL');
    await once(this.process, 'close');
  }
}
