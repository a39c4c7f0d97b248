import { closeSync, constants, openSync, rmSync, symlinkSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import { createRequire } from 'node:module';
import { SerialPort } from 'serialport';
import { OctobindError } from '../error.js';
import type { Endpoint } from './tcp.js';
import type { EmulatedTerminal } from './terminal.js';
import { Wire, type WireOptions } from './wire.js';

export interface PtyOptions extends WireOptions {
  /** A symbolic link that is made to the PTY, whose own path is another each time. */
  readonly link?: string | undefined;
}

/** What node-pty's `open` answers; its types speak of processes alone. */
interface OpenedPty {
  readonly _master: ReadStream;
  readonly _slave: ReadStream;
  readonly _pty: string;
}
interface NodePty {
  open(options: { encoding: null }): OpenedPty;
}

/** What a UART's receiver would have lost anyway: nobody has read this many bytes from the PTY. */
const UNREAD_MAX = 8192;

/** Puts a terminal behind a pseudo-terminal that any serial program can open, close and open again. */
export async function openPty(terminal: EmulatedTerminal, { link, ...options }: PtyOptions = {}): Promise<Endpoint> {
  let pty: OpenedPty;
  try {
    // Loaded here, as it has a binary for few platforms, and TCP needs none.
    pty = (createRequire(import.meta.url)('@lydell/node-pty') as NodePty).open({ encoding: null });
  } catch (cause) {
    throw new OctobindError('UNSUPPORTED', 'This system has no pseudo-terminals for Node. Use --tcp instead.', { cause });
  }
  const { _master: master, _slave: slave, _pty: path } = pty;
  // This end of it would read what is meant for the program that opens the PTY.
  slave.destroy();
  // One descriptor stays open, and is never read: without any, the settings are lost and the master ends.
  const held = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  await makeRaw(path);

  const wire = new Wire(terminal, options);
  wire.onOutput = (bytes) => {
    if (master.writableLength < UNREAD_MAX) master.write(bytes);
  };
  master.on('data', (bytes: Buffer) => wire.send(bytes));
  master.on('error', () => undefined); // the end of a PTY is an error to Linux
  if (link !== undefined) {
    rmSync(link, { force: true });
    symlinkSync(path, link);
  }
  return {
    address: link ?? path,
    close() {
      wire.clear();
      wire.onOutput = undefined;
      if (link !== undefined) rmSync(link, { force: true });
      const ended = new Promise<void>((resolve) => master.once('close', () => resolve()));
      master.destroy();
      closeSync(held);
      return ended;
    },
  };
}

/** A fresh PTY echoes and translates line ends until somebody sets it up; opening it as a serial port does. */
async function makeRaw(path: string): Promise<void> {
  const port = await SerialPort.binding.open({ path, baudRate: 115_200 });
  await port.close();
}
