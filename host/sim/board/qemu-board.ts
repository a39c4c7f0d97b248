import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Event } from '../../../assembly/protocol.js';
import { OctobindError, reasonOf } from '../../error.js';
import { type BoardName, MACHINES } from './machines.js';

/** Which board runs, with which files, and as which terminal. */
export interface BoardOptions {
  readonly board: BoardName;
  /** File of the flash's bytes; made, erased, where there is none. It holds the terminal's keys as well as its cards. */
  readonly flash: string;
  /** ASCII, at most 32 characters. */
  readonly serial: string;
  /** A symbolic link that is made to the PTY, whose own path is another each time. */
  readonly link?: string | undefined;
  /** Of the board's build; `build/boards/<board>/terminal.elf` when absent. */
  readonly elf?: string | undefined;
  /** 48 bytes that its randomness comes of, for a start that is to repeat another one; other ones each time when absent. */
  readonly entropy?: Uint8Array | undefined;
  /** TCP port of this machine at which a debugger finds it (`target remote :PORT`). */
  readonly gdb?: number | undefined;
}

const ENTROPY_BYTES = 48;
const SERIAL_BYTES = 32;

/** Exit status of `flock` where another process has the flash; of the shell where there is no QEMU. */
const IN_USE = 75;
const NOT_FOUND = 127;

type Qemu = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A board in QEMU that runs the firmware as machine code, its UART at a PTY and its flash in a file. It is off until `powerOn`. Codes: `BOARD_MISSING` where
 * QEMU or the board's build is not there, `IMAGE_SIZE`, `IMAGE_IN_USE`, `USAGE` where the image can be none, `BOARD_FAILED` with what QEMU says. It ends with the
 * process that has it. Linux only.
 */
export class QemuBoard {
  #qemu: Qemu | undefined;
  #started: Promise<void> = Promise.resolve();
  #exited: Promise<void> = Promise.resolve();
  /** It was told to end, and nobody has switched it on since. */
  #isEnding = false;
  /** Keeps the PTY open between programs that talk to it, since QEMU drops what nobody can read. */
  #held: number | undefined;
  #path = '';
  /** It has made the link, which goes with it. */
  #linked = false;
  #said = '';
  /** What ended QEMU last, if a signal did. */
  #signal: NodeJS.Signals | null = null;
  /** What QEMU has been asked and has not answered; it does so in order. */
  #asked: { done: () => void; failed: (error: OctobindError) => void }[] = [];

  /** Code: `USAGE` where the serial number or the entropy is none. */
  constructor(private readonly options: BoardOptions) {
    const { serial, entropy } = options;
    if (!/^[ -~]{1,32}$/.test(serial)) {
      throw new OctobindError(
        'USAGE',
        `A serial number has 1 to ${SERIAL_BYTES} characters of ASCII. Give another one.`,
      );
    }
    if (entropy && entropy.length !== ENTROPY_BYTES) {
      throw new OctobindError('USAGE', `The entropy of a board has ${ENTROPY_BYTES} bytes. Give as many, or none.`);
    }
  }

  /** Takes what the firmware reports as it works: docs/HAL.md, `event`. */
  onEvent: ((code: Event, value: number) => void) | undefined;

  /** QEMU runs. */
  get isOn(): boolean {
    return this.#qemu !== undefined;
  }

  /** Of the PTY, or the link to it. */
  get address(): string {
    return this.options.link ?? this.#path;
  }

  /** Resolves once the board runs, for each who asks. */
  powerOn(): Promise<void> {
    if (this.#isEnding) this.#started = this.#exited.then(() => this.#startUp());
    else if (!this.#qemu) this.#started = this.#startUp();
    this.#isEnding = false;
    return this.#started;
  }

  async #startUp(): Promise<void> {
    const { flash, link } = this.options;
    const elf = this.#elf();
    prepareFlash(flash, MACHINES[this.options.board].flashBytes);
    const identity = this.#identity();
    try {
      this.#path = await this.#start(elf, identity);
    } finally {
      closeSync(identity);
    }
    try {
      this.#held = openSync(this.#path, constants.O_RDWR | constants.O_NOCTTY);
      if (link === undefined) return;
      rmSync(link, { force: true });
      symlinkSync(this.#path, link);
      this.#linked = true;
    } catch (cause) {
      await this.powerOff();
      const what = `The board's UART at ${this.#path} cannot be had${link === undefined ? '' : ` at ${link}`}`;
      throw new OctobindError('BOARD_FAILED', `${what}: ${reasonOf(cause)}.`, { cause });
    }
  }

  /** Rejects when QEMU ends, whoever ends it. */
  async failed(): Promise<never> {
    await this.#exited;
    throw this.#failure();
  }

  /** Ends QEMU in order. */
  powerOff(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /**
   * Takes the power away in the middle of whatever the board does. The processor stops first: QEMU writes to the file behind its back, and a program that
   * the flash has reported done is on a real one.
   */
  async powerCut(): Promise<void> {
    // One that has ended is as good as stopped.
    if (this.#qemu) await this.#ask('stop').catch(() => undefined);
    await this.#end('SIGKILL');
  }

  /** A copy of the board's memory, which goes on changing. */
  async memory(address: number, bytes: number): Promise<Buffer> {
    // A folder of our own, since QEMU gives the file the mode that it likes.
    const dir = mkdtempSync(join(tmpdir(), 'octobind-'));
    const path = join(dir, 'memory');
    try {
      await this.#ask('pmemsave', { val: address, size: bytes, filename: path });
      return readFileSync(path);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  /** Has QEMU do something, and resolves when that is done. */
  #ask(command: string, values: object = {}): Promise<void> {
    return new Promise((done, failed) => {
      if (!this.#qemu) {
        failed(new OctobindError('BOARD_FAILED', 'The board is off.'));
        return;
      }
      this.#asked.push({ done, failed });
      this.#qemu.stdin.write(`${JSON.stringify({ execute: command, arguments: values })}\n`);
    });
  }

  #answered(line: string): void {
    const { return: done, error } = JSON.parse(line) as { return?: object; error?: { desc: string } };
    if (done) this.#asked.shift()?.done();
    if (error) this.#asked.shift()?.failed(new OctobindError('BOARD_FAILED', `QEMU refused: ${error.desc}`));
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#isEnding = this.#qemu !== undefined;
    this.#qemu?.kill(signal);
    await this.#exited;
  }

  #elf(): string {
    const { board, elf = builtFor(board) } = this.options;
    if (existsSync(elf)) {
      checkBuild(elf);
      return elf;
    }
    throw new OctobindError(
      'BOARD_MISSING',
      `The firmware was not built for ${board}: ${elf} is missing. In a checkout of octobind, run \`npm run setup:board\` and \`npm run build:board -- ${board}\`.`,
      { subject: 'board build' },
    );
  }

  /** A file that has no name any more, for QEMU alone to read. */
  #identity(): number {
    const path = join(tmpdir(), `octobind-${randomBytes(16).toString('hex')}`);
    const serial = Buffer.alloc(SERIAL_BYTES);
    serial.write(this.options.serial, 'latin1');
    writeFileSync(path, Buffer.concat([this.options.entropy ?? randomBytes(ENTROPY_BYTES), serial]), {
      mode: 0o600,
      flag: 'wx',
    });
    const fd = openSync(path, 'r');
    rmSync(path);
    return fd;
  }

  /** Answers the path of the PTY once the board runs. */
  #start(elf: string, identity: number): Promise<string> {
    const { board, flash, gdb } = this.options;
    // It keeps others off the flash, and ends with this process, however and whenever that ends; it takes no Ctrl-C that is meant for this process.
    const qemu = spawn(
      'flock',
      [
        ...['--nonblock', '--no-fork', '--conflict-exit-code', String(IN_USE), flash],
        ...['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid)],
        'qemu-system-arm',
        ...['-M', board, '-display', 'none', '-qmp', 'stdio', '-serial', 'pty', '-kernel', elf],
        // The board's console, on which it writes events.
        ...['-chardev', 'socket,id=console,fd=4', '-serial', 'chardev:console'],
        ...MACHINES[board].flash(flash),
        ...['-device', `loader,file=/proc/self/fd/3,addr=${MACHINES[board].identity},force-raw=on`],
        ...(gdb === undefined ? [] : ['-gdb', `tcp:127.0.0.1:${gdb}`]),
      ],
      { stdio: ['pipe', 'pipe', 'pipe', identity, 'pipe'], detached: true },
    ) as Qemu;
    createInterface({ input: qemu.stdio[4] as Readable }).on('line', (line) => this.#takeEvent(line));
    this.#said = '';
    this.#signal = null;
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#qemu = qemu;
    this.#exited = new Promise<NodeJS.Signals | null>((resolve) =>
      qemu.once('close', (_, signal) => resolve(signal)),
    ).then((signal) => this.#ended(signal));
    return new Promise((resolve, reject) => {
      let path = '';
      createInterface({ input: qemu.stdout }).on('line', (line) => {
        if (line.startsWith('{')) this.#answered(line);
        else path = /redirected to (\S+)/.exec(line)?.[1] ?? path;
      });
      qemu.stdin.on('error', () => undefined);
      // Answered once the board is put together and runs. One that could not be has ended.
      this.#ask('qmp_capabilities').then(
        () => resolve(path),
        () => undefined,
      );
      qemu.once('error', (cause) => {
        this.#qemu = undefined;
        reject(missing(cause));
      });
      qemu.once('close', (status) => {
        if (status === NOT_FOUND) reject(missing());
        else if (status === IN_USE) reject(new OctobindError('IMAGE_IN_USE', inUse(flash)));
        else reject(this.#failure());
      });
    });
  }

  #takeEvent(line: string): void {
    const [, code, value] = /^event (\d+) (\d+)$/.exec(line) ?? [];
    if (code === undefined) return;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the firmware's own numbers
    this.onEvent?.(Number(code), Number(value));
  }

  #failure(): OctobindError {
    const how = this.#signal === null ? '' : ` by ${this.#signal}`;
    return new OctobindError('BOARD_FAILED', `QEMU ended${how}${this.#said === '' ? '.' : `: ${this.#said.trim()}`}`);
  }

  #ended(signal: NodeJS.Signals | null): void {
    this.#signal = signal;
    this.#qemu = undefined;
    this.#isEnding = false;
    for (const { failed } of this.#asked.splice(0)) failed(this.#failure());
    if (this.#held !== undefined) closeSync(this.#held);
    this.#held = undefined;
    if (this.#linked && this.options.link !== undefined) rmSync(this.options.link, { force: true });
    this.#linked = false;
  }
}

/** Where a board's build is. By the package's own name, so that it is found from the sources as from the build. */
export function builtFor(board: string): string {
  const root = dirname(createRequire(import.meta.url).resolve('octobind/package.json'));
  return join(root, `build/boards/${board}/terminal.elf`);
}

/** Little endian, 32 bits, of ARM (ELF, figures 1-4 and 1-5; AAELF32, 5.2). */
const ELF_ARM = { 0: 0x7f, 1: 0x45, 2: 0x4c, 3: 0x46, 4: 1, 5: 1, 18: 0x28, 19: 0 };

/** QEMU takes anything, and says little where that does not run. */
function checkBuild(path: string): void {
  let head: Buffer;
  try {
    head = readFileSync(path).subarray(0, 20);
  } catch (cause) {
    throw new OctobindError('USAGE', `The build ${path} cannot be read: ${reasonOf(cause)}. Give another file.`, {
      cause,
    });
  }
  if (Object.entries(ELF_ARM).every(([at, byte]) => head[Number(at)] === byte)) return;
  throw new OctobindError('USAGE', `${path} is no build for a board: no ELF file for 32-bit ARM. Give another file.`);
}

const inUse = (flash: string): string =>
  `A board that runs has the flash image ${flash}. End that one, or give another file.`;

const missing = (cause?: unknown): OctobindError =>
  new OctobindError(
    'BOARD_MISSING',
    'QEMU cannot be started. On Debian, `apt-get install qemu-system-arm util-linux` installs what it takes.',
    { cause },
  );

function sizeOf(path: string, bytes: number): number {
  try {
    if (!existsSync(path)) writeFileSync(path, Buffer.alloc(bytes, 0xff), { mode: 0o600, flag: 'wx' });
    const found = statSync(path);
    if (found.isFile()) return found.size;
  } catch (cause) {
    const message = `The flash image ${path} cannot be made or opened: ${reasonOf(cause)}. Give another file.`;
    throw new OctobindError('USAGE', message, { cause });
  }
  throw new OctobindError('USAGE', `${path} is no file that could be a flash image. Give another one.`);
}

function prepareFlash(path: string, bytes: number): void {
  const size = sizeOf(path, bytes);
  if (size === bytes) return;
  throw new OctobindError(
    'IMAGE_SIZE',
    `The flash image ${path} has ${size} bytes, and this board's flash has ${bytes}. Give the image that belongs to it, or move the file away to begin with an empty flash.`,
  );
}
