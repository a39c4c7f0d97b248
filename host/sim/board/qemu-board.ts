import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Event } from '../../../assembly/protocol.js';
import { OctobindError, reasonOf } from '../../error.js';
import { prepareImage } from '../flash-image.js';
import { ConsoleReader } from './console.js';
import { checkIdentity, type BoardIdentity, openIdentity } from './identity.js';
import { type BoardName, MACHINES } from './machines.js';
import { PanelLine } from './panel-line.js';

/** Which board runs, with which files, and as which terminal. */
export interface BoardOptions extends BoardIdentity {
  readonly board: BoardName;
  /**
   * File of the flash's bytes. A missing file is created, erased. It holds the terminal's keys as
   * well as its cards.
   */
  readonly flash: string;
  /** Path of a symbolic link to the PTY, whose own path changes each time. */
  readonly link?: string | undefined;
  /**
   * Path of a symbolic link to a second PTY: a VT100 at it shows the terminal's screen, and its
   * keys are the terminal's. When absent, nobody sees the screen.
   */
  readonly panel?: string | undefined;
  /** Path of the board's build. When absent, `build/boards/<board>/terminal.elf`. */
  readonly elf?: string | undefined;
  /** TCP port of this machine where a debugger can attach (`target remote :PORT`). */
  readonly gdb?: number | undefined;
}

/** Exit status of `flock` if another process has the flash. */
const IN_USE = 75;
/** Exit status of the shell if there is no QEMU. */
const NOT_FOUND = 127;

type Qemu = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A board in QEMU that runs the firmware as machine code. Its UART is a PTY, and its flash is a
 * file. It is off until `powerOn`, and ends with this process. Linux only. Codes: `BOARD_MISSING`
 * if QEMU or the board's build is missing, `IMAGE_SIZE`, `IMAGE_IN_USE`, `USAGE` if a file cannot
 * be used, `BOARD_FAILED` with the message of QEMU.
 */
export class QemuBoard {
  #qemu: Qemu | undefined;
  #started: Promise<void> = Promise.resolve();
  #exited: Promise<void> = Promise.resolve();
  /** QEMU was told to end, and `powerOn` was not called since. */
  #isEnding = false;
  /** Keeps the PTY open between programs that use it. Otherwise QEMU drops its output. */
  #held: number | undefined;
  #path = '';
  #panel: PanelLine | undefined;
  /** Both directions of the board's second UART. */
  #console: Duplex | undefined;
  /** This board made the link, so it also removes it. */
  #linked = false;
  /** What QEMU wrote to its standard error. */
  #errors = '';
  /** The signal that ended QEMU last, if one did. */
  #signal: NodeJS.Signals | null = null;
  /** Commands that QEMU has not replied to yet. It replies in order. */
  #pending: { done: () => void; failed: (error: OctobindError) => void }[] = [];

  /** Codes: `USAGE` if serial number or entropy is not valid, `SCREEN` if the screen is not. */
  constructor(private readonly options: BoardOptions) {
    checkIdentity(options);
  }

  /** Receives the firmware's events: docs/HAL.md, "Events". */
  onEvent: ((code: Event, value: number) => void) | undefined;

  /** QEMU runs. */
  get isOn(): boolean {
    return this.#qemu !== undefined;
  }

  /** Path of the link to the PTY, or of the PTY itself if there is no link. */
  get address(): string {
    return this.options.link ?? this.#path;
  }

  /** Switches the board on, unless it is on. Resolves when it runs. */
  powerOn(): Promise<void> {
    if (this.#isEnding) this.#started = this.#exited.then(() => this.#startUp());
    else if (!this.#qemu) this.#started = this.#startUp();
    this.#isEnding = false;
    return this.#started;
  }

  async #startUp(): Promise<void> {
    const { flash, link } = this.options;
    const elf = this.#elf();
    prepareImage(flash, MACHINES[this.options.board].flashBytes, 'board');
    const { panel } = this.options;
    if (panel !== undefined) this.#panel = await PanelLine.open(panel, (bytes) => this.#console?.write(bytes));
    const identity = openIdentity(this.options);
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
      const what = `The board's UART ${this.#path} cannot be opened${link === undefined ? '' : `, or linked at ${link}`}`;
      throw new OctobindError('BOARD_FAILED', `${what}: ${reasonOf(cause)}.`, { cause });
    }
  }

  /** Rejects when QEMU ends, for whatever reason. */
  async failed(): Promise<never> {
    await this.#exited;
    throw this.#failure();
  }

  /** Ends QEMU in an orderly way. */
  powerOff(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /**
   * Cuts the power in the middle of whatever the board does. The processor is stopped first,
   * because QEMU writes to the file in the background: a program that the flash reported as done
   * must be in the file, as it would be on real flash.
   */
  async powerCut(): Promise<void> {
    // The command fails if QEMU has ended, which is as good as stopped.
    if (this.#qemu) await this.#ask('stop').catch(() => undefined);
    await this.#end('SIGKILL');
  }

  /** Copies a part of the board's memory while the board runs on. */
  async memory(address: number, bytes: number): Promise<Buffer> {
    // Use a private folder, because QEMU chooses the file's mode.
    const dir = mkdtempSync(join(tmpdir(), 'octobind-'));
    const path = join(dir, 'memory');
    try {
      await this.#ask('pmemsave', { val: address, size: bytes, filename: path });
      return readFileSync(path);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  /** Sends a QMP command to QEMU, and resolves when QEMU has done it. */
  #ask(command: string, values: object = {}): Promise<void> {
    return new Promise((done, failed) => {
      if (!this.#qemu) {
        failed(new OctobindError('BOARD_FAILED', 'The board is off.'));
        return;
      }
      this.#pending.push({ done, failed });
      this.#qemu.stdin.write(`${JSON.stringify({ execute: command, arguments: values })}\n`);
    });
  }

  #takeReply(line: string): void {
    const { return: done, error } = JSON.parse(line) as { return?: object; error?: { desc: string } };
    if (done) this.#pending.shift()?.done();
    if (error) this.#pending.shift()?.failed(new OctobindError('BOARD_FAILED', `QEMU refused: ${error.desc}`));
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

  /** Starts QEMU. Resolves with the path of the PTY when the board runs. */
  #start(elf: string, identity: number): Promise<string> {
    const { board, flash, gdb } = this.options;
    // `flock` keeps other processes off the flash. `setpriv` ends QEMU when this process ends,
    // and the shell covers the case that it has ended already. `detached` keeps a Ctrl-C away
    // from QEMU that is meant for this process.
    const qemu = spawn(
      'flock',
      [
        ...['--nonblock', '--no-fork', '--conflict-exit-code', String(IN_USE), flash],
        ...['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid)],
        'qemu-system-arm',
        ...['-M', board, '-display', 'none', '-qmp', 'stdio', '-serial', 'pty', '-kernel', elf],
        // The board writes events to its console, and its panel is there.
        ...['-chardev', 'socket,id=console,fd=4', '-serial', 'chardev:console'],
        ...MACHINES[board].flash(flash),
        ...['-device', `loader,file=/proc/self/fd/3,addr=${MACHINES[board].identity},force-raw=on`],
        ...(gdb === undefined ? [] : ['-gdb', `tcp:127.0.0.1:${gdb}`]),
      ],
      { stdio: ['pipe', 'pipe', 'pipe', identity, 'pipe'], detached: true },
    ) as Qemu;
    const reader = new ConsoleReader(
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the firmware's own numbers
      (code, value) => this.onEvent?.(code, value),
      (bytes) => this.#panel?.show(bytes),
    );
    this.#console = qemu.stdio[4] as Duplex;
    this.#console.on('data', (bytes: Uint8Array) => reader.take(bytes)).on('error', () => undefined);
    this.#errors = '';
    this.#signal = null;
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#qemu = qemu;
    this.#exited = new Promise<NodeJS.Signals | null>((resolve) =>
      qemu.once('close', (_, signal) => resolve(signal)),
    ).then((signal) => this.#ended(signal));
    return new Promise((resolve, reject) => {
      let path = '';
      createInterface({ input: qemu.stdout }).on('line', (line) => {
        if (line.startsWith('{')) this.#takeReply(line);
        else path = /redirected to (\S+)/.exec(line)?.[1] ?? path;
      });
      qemu.stdin.on('error', () => undefined);
      // QEMU replies when the board runs. If it cannot set the board up, it ends instead.
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

  #failure(): OctobindError {
    const how = this.#signal === null ? '' : ` by ${this.#signal}`;
    return new OctobindError(
      'BOARD_FAILED',
      `QEMU ended${how}${this.#errors === '' ? '.' : `: ${this.#errors.trim()}`}`,
    );
  }

  async #ended(signal: NodeJS.Signals | null): Promise<void> {
    this.#signal = signal;
    this.#qemu = undefined;
    this.#isEnding = false;
    for (const { failed } of this.#pending.splice(0)) failed(this.#failure());
    if (this.#held !== undefined) closeSync(this.#held);
    this.#held = undefined;
    if (this.#linked && this.options.link !== undefined) rmSync(this.options.link, { force: true });
    this.#linked = false;
    const panel = this.#panel;
    this.#panel = undefined;
    await panel?.close();
  }
}

/**
 * Path of a board's build. The package's own name resolves from the sources and from the build.
 */
export function builtFor(board: string): string {
  const root = dirname(createRequire(import.meta.url).resolve('octobind/package.json'));
  return join(root, `build/boards/${board}/terminal.elf`);
}

/**
 * Bytes at offsets of the header of a 32-bit, little-endian ELF file for ARM (ELF, figures 1-4
 * and 1-5; AAELF32, 5.2).
 */
const ELF_ARM = { 0: 0x7f, 1: 0x45, 2: 0x4c, 3: 0x46, 4: 1, 5: 1, 18: 0x28, 19: 0 };

/**
 * Refuses a file that is not a build for a board. QEMU itself would take any file, and hardly say
 * why it does not run.
 */
function checkBuild(path: string): void {
  let head: Buffer;
  try {
    head = readFileSync(path).subarray(0, 20);
  } catch (cause) {
    throw new OctobindError('USAGE', `The build ${path} cannot be read: ${reasonOf(cause)}. Choose another file.`, {
      cause,
    });
  }
  if (Object.entries(ELF_ARM).every(([at, byte]) => head[Number(at)] === byte)) return;
  throw new OctobindError(
    'USAGE',
    `${path} is not a board's build: it is not an ELF file for 32-bit ARM. Choose another file.`,
  );
}

const inUse = (flash: string): string =>
  `A running board uses the flash image ${flash}. Stop that board, or choose another file.`;

const missing = (cause?: unknown): OctobindError =>
  new OctobindError(
    'BOARD_MISSING',
    'QEMU cannot be started. On Debian, `apt-get install qemu-system-arm util-linux` installs what is needed.',
    { cause },
  );
