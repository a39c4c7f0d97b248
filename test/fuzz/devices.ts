// What is fuzzed: the firmware in the emulator, or as machine code in a process of its own.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Group, Op, OsCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal, KeyStore, Nor } from '../../host/emulator/index.js';
import { firmwareModule, readFirmware } from '../../host/firmware/file.js';
import { encodeFrame, type FrameCounters, FrameReader } from '../../host/smp/frame.js';
import { decodeBody, decodeHeader, encodePacket } from '../../host/smp/packet.js';

/** A terminal whose line is fuzzed. Methods throw once it has trapped, hung or ended. */
export interface Device {
  /** Replies to frames so far. */
  readonly answers: number;
  send(bytes: Uint8Array): void;
  /**
   * Sends a frame once all before it is done. Returns the packet of the reply, if there is one.
   */
  exchange(frame: Uint8Array): Promise<Uint8Array | undefined>;
  /** Waits until everything that was sent is done. */
  settle(): Promise<void>;
  /** What the flash of its table holds. */
  flash(): Uint8Array;
  close(): void;
}

const counters = (): FrameCounters => ({ frames: 0, base64: 0, length: 0, crc: 0 });

/** The reply to each frame is there when `receive` returns. */
export class Emulated implements Device {
  answers = 0;
  #last: Uint8Array | undefined;
  readonly #nor = new Nor();
  readonly #terminal: EmulatedTerminal;
  readonly #reader = new FrameReader((packet) => (this.#last = packet), counters());

  /** `checked`: with its assertions. */
  constructor(serial: string, checked: boolean) {
    const module = checked ? readFirmware('build/checked/terminal.wasm') : firmwareModule();
    this.#terminal = new EmulatedTerminal({ serial, nor: this.#nor, keys: new KeyStore(), module });
    this.#terminal.onOutput = (bytes) => {
      this.answers++;
      this.#reader.push(bytes);
    };
    this.#terminal.onTrap = (error) => {
      throw error;
    };
    this.#terminal.powerOn();
  }

  send(bytes: Uint8Array): void {
    this.#terminal.receive(bytes);
    if (!this.#terminal.isOn) throw new Error('the terminal went off');
  }

  exchange(frame: Uint8Array): Promise<Uint8Array | undefined> {
    this.#last = undefined;
    this.send(frame);
    return Promise.resolve(this.#last);
  }

  settle(): Promise<void> {
    return Promise.resolve();
  }

  flash(): Uint8Array {
    return this.#nor.snapshot();
  }

  close(): void {
    // Nothing outlives it.
  }
}

const PROGRAM = 'build/boards/linux/terminal.elf';
/** Longest that anything may take, in milliseconds. */
const HANG_MS = 10_000;
const TABLE_BYTES = 16 * 4096;
/** No fuzzed echo begins so. */
const BARRIER = 'barrier ';
const OS: number = Group.Os;
const ECHO: number = OsCommand.Echo;

/**
 * The C of the boards, compiled for this machine with address and undefined-behaviour sanitizers,
 * which end the process if they find something.
 */
export class Native implements Device {
  answers = 0;
  readonly #dir = mkdtempSync(join(tmpdir(), 'octobind-fuzz-'));
  readonly #child: ChildProcessWithoutNullStreams;
  #said = '';
  #ended = false;
  #barriers = 0;
  #last: Uint8Array | undefined;
  #passed: (() => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  readonly #reader = new FrameReader((packet) => this.#take(packet), counters());

  constructor(serial: string) {
    if (!existsSync(PROGRAM))
      throw new Error(`${PROGRAM} is missing: npm run setup:board, npm run build:board -- linux`);
    this.#child = spawn(PROGRAM, [join(this.#dir, 'flash'), serial, '--stdio']);
    this.#child.stdout.on('data', (bytes: Buffer) => this.#reader.push(bytes));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#child.stdin.on('error', () => undefined);
    this.#child.once('close', (code, signal) => {
      this.#ended = true;
      this.#failed?.(new Error(`it ended with ${signal ?? String(code)}\n${this.#said}`));
    });
  }

  send(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes);
  }

  async exchange(frame: Uint8Array): Promise<Uint8Array | undefined> {
    await this.settle();
    this.#last = undefined;
    this.send(frame);
    await this.settle();
    return this.#last;
  }

  /** Waits for the reply to an echo behind everything that was sent. */
  async settle(): Promise<void> {
    if (this.#ended) throw new Error(`it has ended\n${this.#said}`);
    const echo = encodePacket(
      { version: 1, op: Op.Write, group: Group.Os, sequence: 0, command: OsCommand.Echo },
      { d: `${BARRIER}${++this.#barriers}` },
    );
    const passed = new Promise<void>((resolve, reject) => {
      this.#passed = resolve;
      this.#failed = reject;
    });
    const timer = setTimeout(() => this.#failed?.(new Error(`it did not answer for ${HANG_MS} ms`)), HANG_MS);
    // A line that was cut short ends here, and takes no part of the echo.
    this.send(Buffer.concat([Buffer.from('\n'), encodeFrame(echo)]));
    await passed.finally(() => clearTimeout(timer));
  }

  flash(): Uint8Array {
    return readFileSync(join(this.#dir, 'flash')).subarray(0, TABLE_BYTES);
  }

  close(): void {
    this.#failed = undefined;
    this.#child.kill('SIGKILL');
    rmSync(this.#dir, { recursive: true });
  }

  #take(packet: Uint8Array): void {
    const header = decodeHeader(packet);
    const isEcho = header?.group === OS && header.command === ECHO;
    if (isEcho && decodeBody(packet)['r'] === `${BARRIER}${this.#barriers}`) {
      this.#passed?.();
      return;
    }
    this.answers++;
    this.#last = packet;
  }
}
