// What is fuzzed: the firmware in the emulator, or as machine code in a process of its own.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { Group, Op, OsCommand } from '../../build/assembly/protocol.js';
import { EmulatedTerminal, KeyStore, Nor } from '../../build/host/emulator/index.js';
import { encodeFrame, FrameReader } from '../../build/host/smp/frame.js';
import { decodeBody, decodeHeader, encodePacket } from '../../build/host/smp/packet.js';

const counters = () => ({ frames: 0, base64: 0, length: 0, crc: 0 });

/** The answer to each frame is there when `receive` returns. */
export class Emulated {
  answers = 0;
  #last;
  #nor = new Nor();
  #terminal;
  #reader = new FrameReader((packet) => (this.#last = packet), counters());

  constructor(serial) {
    this.#terminal = new EmulatedTerminal({ serial, nor: this.#nor, keys: new KeyStore() });
    this.#terminal.onOutput = (bytes) => {
      this.answers++;
      this.#reader.push(bytes);
    };
    this.#terminal.onTrap = (error) => {
      throw error;
    };
    this.#terminal.powerOn();
  }

  send(bytes) {
    this.#terminal.receive(bytes);
    if (!this.#terminal.isOn) throw new Error('the terminal went off');
  }

  exchange(frame) {
    this.#last = undefined;
    this.send(frame);
    return this.#last;
  }

  settle() {}

  flash() {
    return this.#nor.snapshot();
  }

  close() {}
}

const PROGRAM = 'build/boards/linux/terminal.elf';
/** Longest that anything may take, in milliseconds. */
const HANG_MS = 10_000;
const TABLE_BYTES = 16 * 4096;
/** What no echo of the fuzz says. */
const BARRIER = 'barrier ';

/** The C of the boards, compiled for this machine with address and undefined-behaviour sanitizers, which end it where they find something. */
export class Native {
  answers = 0;
  #dir = mkdtempSync(join(tmpdir(), 'octobind-fuzz-'));
  #child;
  #said = '';
  #ended = false;
  #barriers = 0;
  #last;
  #passed;
  #failed;
  #reader = new FrameReader((packet) => this.#take(packet), counters());

  constructor(serial) {
    if (!existsSync(PROGRAM))
      throw new Error(`${PROGRAM} is missing: npm run setup:board, npm run build:board -- linux`);
    this.#child = spawn(PROGRAM, [join(this.#dir, 'flash'), serial, '--stdio']);
    this.#child.stdout.on('data', (bytes) => this.#reader.push(bytes));
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#said += text));
    this.#child.stdin.on('error', () => undefined);
    this.#child.once('close', (code, signal) => {
      this.#ended = true;
      this.#failed?.(new Error(`it ended with ${signal ?? code}\n${this.#said}`));
    });
  }

  send(bytes) {
    this.#child.stdin.write(bytes);
  }

  /** What is answered to the frame, once everything before it is done. */
  async exchange(frame) {
    await this.settle();
    this.#last = undefined;
    this.send(frame);
    await this.settle();
    return this.#last;
  }

  /** Waits until everything that was sent is done with: an echo behind it is answered. */
  async settle() {
    if (this.#ended) throw new Error(`it has ended\n${this.#said}`);
    const echo = encodePacket(
      { version: 1, op: Op.Write, group: Group.Os, sequence: 0, command: OsCommand.Echo },
      { d: `${BARRIER}${++this.#barriers}` },
    );
    const passed = new Promise((resolve, reject) => {
      this.#passed = resolve;
      this.#failed = reject;
    });
    const timer = setTimeout(() => this.#failed(new Error(`it did not answer for ${HANG_MS} ms`)), HANG_MS);
    // A line that was cut short ends here, and takes no part of the echo.
    this.send(Buffer.concat([Buffer.from('\n'), encodeFrame(echo)]));
    await passed.finally(() => clearTimeout(timer));
  }

  flash() {
    return readFileSync(join(this.#dir, 'flash')).subarray(0, TABLE_BYTES);
  }

  close() {
    this.#failed = undefined;
    this.#child.kill('SIGKILL');
    rmSync(this.#dir, { recursive: true });
  }

  #take(packet) {
    const { group, command } = decodeHeader(packet);
    if (group === Group.Os && command === OsCommand.Echo && decodeBody(packet).r === `${BARRIER}${this.#barriers}`) {
      this.#passed();
      return;
    }
    this.answers++;
    this.#last = Buffer.from(packet);
  }
}
