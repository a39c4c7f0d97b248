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

export interface PtyOptions extends WireOptions {
  /** A symbolic link that is made to the PTY, whose own path is another each time. */
  readonly link?: string | undefined;
}

/** What node-pty's `open` answers; its types speak of processes alone. */
interface OpenedPty {
  readonly _master: ReadStream;
  readonly _slave: ReadStream;
  /** Descriptor of the master. It never blocks. */
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
 * Puts a terminal behind a pseudo-terminal that any serial program can open, close and open again. Unplugged, it is gone with
 * its link; what comes back may have another path, and has the same link. Code: `UNSUPPORTED`.
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
    // Loaded here, as it has a binary for few platforms, and TCP needs none.
    opened = (createRequire(import.meta.url)('@lydell/node-pty') as NodePty).open({ encoding: null });
  } catch (cause) {
    throw new OctobindError('UNSUPPORTED', 'This system has no pseudo-terminals for Node.', {
      subject: 'pseudo-terminal',
      cause,
    });
  }
  const { _master: master, _slave: slave, _fd: fd, _pty: path } = opened;
  // This end of it would read what is meant for the program that opens the PTY.
  await new Promise<void>((resolve) => slave.once('close', () => resolve()).destroy());
  // One descriptor stays open, and is never read: without any, the settings are lost and the master ends.
  const held = forgotten(path) ?? openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  await makeRaw(path);
  master.on('error', () => undefined); // the end of a PTY is an error to Linux
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
 * The descriptor of the slave that node-pty opened. libuv reads a terminal through one of its own, and that is all that the
 * stream closes; nobody else has this one.
 */
function forgotten(path: string): number | undefined {
  const { rdev } = statSync(path);
  return readdirSync('/dev/fd')
    .map(Number)
    .find((fd) => {
      try {
        return fstatSync(fd).rdev === rdev;
      } catch {
        return false; // of the folder that was just read
      }
    });
}

/**
 * Past the stream: libuv takes a master for one that blocks, and tries again for ever, with everything else in the process
 * standing still, when nobody reads from the PTY and the kernel's buffer is full. A UART's receiver loses bytes then.
 */
function writeOrLose(fd: number, bytes: Uint8Array): void {
  try {
    writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
}

/** A fresh PTY echoes and translates line ends until somebody sets it up; opening it as a serial port does. */
async function makeRaw(path: string): Promise<void> {
  const port = await SerialPort.binding.open({ path, baudRate: 115_200 });
  await port.close();
}
