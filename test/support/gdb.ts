import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { expect } from 'vitest';

/** TCP port for the board that this process debugs, below the ports that the kernel hands out. */
export const GDB_PORT = 20_000 + (process.pid % 12_000);

/** A symbol in the build of a board: its address and its length. */
export interface Symbol {
  readonly address: number;
  readonly bytes: number;
}

export function symbolOf(board: string, name: string): Symbol {
  const [, address = '', bytes = ''] = new RegExp(`^(\\S+) (?:(\\S+) )?\\S ${name}$`, 'm').exec(symbols(board)) ?? [];
  return { address: parseInt(address, 16), bytes: parseInt(bytes, 16) };
}

function symbols(board: string): string {
  const nm = board === 'linux' ? 'nm' : 'arm-none-eabi-nm';
  return spawnSync(nm, ['-S', `build/boards/${board}/terminal.elf`], { encoding: 'utf8' }).stdout;
}

/**
 * The functions that contain an address of a board's build, the innermost first, each with its
 * line of source. docs/PORTING.md tells users to look up an address in the same way.
 */
function functionsAt(board: string, address: number): { name: string; line: string }[] {
  const addr2line = board === 'linux' ? 'addr2line' : 'arm-none-eabi-addr2line';
  const options = ['-fie', `build/boards/${board}/terminal.elf`, `0x${address.toString(16)}`];
  const lines = spawnSync(addr2line, options, { encoding: 'utf8' }).stdout.trim().split('\n');
  return lines.flatMap((name, i) => {
    const [path = '', number = ''] = lines[i + 1]?.split(':') ?? [];
    if (i % 2 === 1) return [];
    return [
      { name, line: existsSync(path) ? (readFileSync(path, 'utf8').split('\n')[parseInt(number) - 1] ?? '') : '' },
    ];
  });
}

/**
 * Expects a memory access that can trap at an address, in a function that wasm2c made of the
 * firmware.
 */
export function expectTrapAt(board: string, address: number): void {
  const functions = functionsAt(board, address);
  expect(functions.at(-1)?.name).toMatch(/^w2c_|^Z_terminalZ_/);
  expect(functions[0]?.line).toMatch(/^DEFINE_(LOAD|STORE)|MEMCHECK|RANGE_CHECK/);
}

/**
 * The part of GDB's remote protocol that reads and writes memory and registers. The board is
 * stopped while a debugger is attached.
 */
export class Debugger {
  #received = '';
  #wake: (() => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
      this.#wake?.();
    });
  }

  static async attach(): Promise<Debugger> {
    const socket = connect(GDB_PORT, '127.0.0.1');
    await once(socket, 'connect');
    return new Debugger(socket);
  }

  async read(address: number, bytes: number): Promise<Buffer> {
    return Buffer.from(await this.#ask(`m${address.toString(16)},${bytes.toString(16)}`), 'hex');
  }

  async write(address: number, bytes: Uint8Array): Promise<void> {
    const hex = Buffer.from(bytes).toString('hex');
    const answer = await this.#ask(`M${address.toString(16)},${bytes.length.toString(16)}:${hex}`);
    if (answer !== 'OK') throw new Error(`not written: ${answer}`);
  }

  /** Runs the board until it reaches the instruction at an address. */
  async runTo(address: number): Promise<void> {
    await this.#ask(`Z0,${address.toString(16)},2`);
    await this.#ask('c', true);
    await this.#ask(`z0,${address.toString(16)},2`);
  }

  /** Executes one instruction, without interrupts. */
  async step(): Promise<void> {
    await this.#ask('s', true);
  }

  /** The first argument of the function that the board has just entered. */
  firstArgument(): Promise<number> {
    return this.#get('0');
  }

  /** The address to which that function returns. */
  async returnAddress(): Promise<number> {
    return (await this.#get('e')) & ~1;
  }

  /** Sets the address of the next instruction. */
  async jump(address: number): Promise<void> {
    await this.#set('f', address);
  }

  async setStackPointer(address: number): Promise<void> {
    await this.#set('d', address);
  }

  /** Lets the board run again. */
  async detach(): Promise<void> {
    await this.#ask('D');
    this.socket.destroy();
  }

  async #get(register: string): Promise<number> {
    await this.#ask('qXfer:features:read:target.xml:0,1');
    return Buffer.from(await this.#ask(`p${register}`), 'hex').readUInt32LE();
  }

  async #set(register: string, value: number): Promise<void> {
    // QEMU accepts single registers only after the target description was read.
    await this.#ask('qXfer:features:read:target.xml:0,1');
    const bytes = Buffer.from(Uint32Array.of(value).buffer).toString('hex');
    const answer = await this.#ask(`P${register}=${bytes}`);
    if (answer !== 'OK') throw new Error(`not set: ${answer}`);
  }

  async #ask(command: string, stops = false): Promise<string> {
    const sum = Buffer.from(command, 'latin1').reduce((total, byte) => (total + byte) & 0xff, 0);
    this.socket.write(`$${command}#${sum.toString(16).padStart(2, '0')}`);
    for (;;) {
      const found = /\$([^#]*)#../.exec(this.#received);
      if (found) {
        this.#received = this.#received.slice(found.index + found[0].length);
        this.socket.write('+');
        const [, answer = ''] = found;
        // A stop reply (T) also arrives unasked: skip it unless this command waits for one.
        if (answer.startsWith('T') === stops) return answer;
        continue;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
