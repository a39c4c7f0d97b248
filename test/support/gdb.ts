import { spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** TCP port of the board that this process debugs; below those that the kernel gives away. */
export const GDB_PORT = 20_000 + (process.pid % 12_000);

/** Of a board's build: where it lies, and how long it is. */
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

/** The function of a board's build that an address is in. */
export function functionAt(board: string, address: number): string {
  const functions = [...symbols(board).matchAll(/^(\S+) (\S+) [tT] (\S+)$/gm)];
  const found = functions.find(([, at = '', bytes = '']) => {
    const offset = address - (parseInt(at, 16) & ~1);
    return offset >= 0 && offset < parseInt(bytes, 16);
  });
  return found?.[3] ?? '';
}

/** As much of GDB's remote protocol as it takes to change memory, and where the processor goes on. While one is attached, the board stands still. */
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

  /** The board goes on, until it comes to an instruction. */
  async runTo(address: number): Promise<void> {
    await this.#ask(`Z0,${address.toString(16)},2`);
    await this.#ask('c', true);
    await this.#ask(`z0,${address.toString(16)},2`);
  }

  /** One instruction is done, without interrupts. */
  async step(): Promise<void> {
    await this.#ask('s', true);
  }

  /** What a function that the board has just come to was called with first. */
  async firstArgument(): Promise<number> {
    await this.#ask('qXfer:features:read:target.xml:0,1');
    return Buffer.from(await this.#ask('p0'), 'hex').readUInt32LE();
  }

  /** The instruction that comes next. */
  async jump(address: number): Promise<void> {
    await this.#set('f', address);
  }

  async setStackPointer(address: number): Promise<void> {
    await this.#set('d', address);
  }

  /** The board goes on. */
  async detach(): Promise<void> {
    await this.#ask('D');
    this.socket.destroy();
  }

  async #set(register: string, value: number): Promise<void> {
    // QEMU takes single registers from those who know which there are.
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
        // That the board stands still is said unasked as well.
        if (answer.startsWith('T') === stops) return answer;
        continue;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
