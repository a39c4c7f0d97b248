import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import type { ReadStream } from 'node:tty';
import { SerialPort } from 'serialport';
import { OctobindError } from '../error.js';
import { sendFrom } from './send-from.js';
import type { Endpoint } from './tcp.js';
import type { EmulatedTerminal } from '../emulator/emulated-terminal.js';
import { Wire, type WireOptions } from '../emulator/wire.js';

/** Where a PTY is found, and pace and faults of its line. */
export interface PtyOptions extends WireOptions {
  /** Path of a symbolic link to the PTY, whose own path changes each time. */
  readonly link?: string | undefined;
}

/** What node-pty's `open` returns. Its own types describe only processes. */
interface OpenedPty {
  readonly _master: ReadStream;
  readonly _slave: ReadStream;
  /** Descriptor of the master, which never blocks. */
  readonly _fd: number;
  readonly _pty: string;
}
interface NodePty {
  open(options: { encoding: null }): OpenedPty;
}

interface Pty {
  readonly path: string;
  close(): Promise<void>;
}

/**
 * Puts a terminal behind a pseudo-terminal (PTY), which any serial program can open, close and
 * open again. An unplug fault removes the PTY and its link. The PTY that comes back may have
 * another path, but has the same link. Code: `UNSUPPORTED` if Node cannot open PTYs on this
 * system.
 */
export async function openPty(terminal: EmulatedTerminal, { link, ...options }: PtyOptions = {}): Promise<Endpoint> {
  const wire = new Wire(terminal, options);
  let closed = false;
  let replugging: NodeJS.Timeout | undefined;
  let pty: Pty | undefined;
  let path = '';
  const plug = async (): Promise<void> => {
    const opened = await makePty(wire);
    if (closed) return opened.close();
    pty = opened;
    path = opened.path;
    if (link === undefined) return;
    rmSync(link, { force: true });
    symlinkSync(path, link);
  };
  const unplug = async (): Promise<void> => {
    const gone = pty;
    pty = undefined;
    wire.onOutput = undefined;
    if (gone && link !== undefined) rmSync(link, { force: true });
    wire.clear();
    await gone?.close();
  };
  wire.onUnplug = (ms) => {
    clearTimeout(replugging);
    replugging = setTimeout(() => void plug(), ms);
    void unplug();
  };
  await plug();
  return {
    get address() {
      return link ?? path;
    },
    close() {
      closed = true;
      clearTimeout(replugging);
      return unplug();
    },
  };
}

async function makePty(wire: Wire): Promise<Pty> {
  let opened: OpenedPty;
  try {
    // Loaded only here, because it has binaries for few platforms, and TCP does not need it.
    opened = (createRequire(import.meta.url)('@lydell/node-pty') as NodePty).open({ encoding: null });
  } catch (cause) {
    throw new OctobindError('UNSUPPORTED', 'Node cannot open pseudo-terminals on this system.', {
      subject: 'pseudo-terminal',
      cause,
    });
  }
  const { _master: master, _slave: slave, _fd: fd, _pty: path } = opened;
  // Close the slave here: it would read bytes that are meant for the program that opens the PTY.
  await new Promise<void>((resolve) => slave.once('close', () => resolve()).destroy());
  // Keep one descriptor of the slave open, and never read it. Without one, the settings are lost
  // and the master ends.
  const held = leftOpen(path) ?? openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  await makeRaw(path);
  master.on('error', () => undefined); // Linux reports the end of a PTY as an error
  sendFrom(master, wire);
  wire.onOutput = (bytes) => writeOrLose(fd, bytes);
  return {
    path,
    async close() {
      const ended = new Promise<void>((resolve) => master.once('close', () => resolve()));
      if (!master.closed) {
        master.destroy();
        await ended;
      }
      closeSync(held);
    },
  };
}

/**
 * Finds the descriptor of the slave that node-pty opened. The stream reads through another
 * descriptor, which libuv opened, and closes only that one. So this one is left open, and nobody
 * else uses it.
 */
function leftOpen(path: string): number | undefined {
  const { rdev } = statSync(path);
  return readdirSync('/dev/fd')
    .map(Number)
    .find((fd) => {
      try {
        return fstatSync(fd).rdev === rdev;
      } catch {
        return false; // the descriptor that read the folder
      }
    });
}

/**
 * Writes without the stream. If nobody reads from the PTY and the kernel's buffer is full, libuv
 * would retry for ever and stop everything else in the process, because it treats a master as
 * blocking. So the bytes are lost, as in a UART's receiver.
 */
function writeOrLose(fd: number, bytes: Uint8Array): void {
  try {
    writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
}

/** A new PTY echoes, and translates line ends. Opening it once as a serial port ends that. */
async function makeRaw(path: string): Promise<void> {
  const port = await SerialPort.binding.open({ path, baudRate: 115_200 });
  await port.close();
}
