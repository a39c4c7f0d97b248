import { closeSync, constants, fstatSync, openSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ReadStream } from 'node:tty';
import { OctobindError, reasonOf } from '../error.js';
import { PtyOutput } from './pty-output.js';
import { sendFrom } from './send-from.js';
import type { Endpoint } from './endpoint.js';
import { Plug } from './plug.js';
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

/** A new PTY, in which bytes go through as they are. */
export interface Pty {
  readonly path: string;
  /** What programs write to the PTY. */
  readonly master: ReadStream;
  /** What they read from it. */
  readonly output: PtyOutput;
  close(): Promise<void>;
}

/**
 * Puts a terminal behind a pseudo-terminal (PTY), which any serial program can open, close and
 * open again. An unplug fault removes the PTY and its link. The PTY that comes back may have
 * another path, but has the same link. On a file system without symbolic links, the PTY is found
 * by its own path. Codes: `UNSUPPORTED` if Node cannot open PTYs on this system, `USAGE` if this
 * process may open no more files, or the link cannot be made.
 */
export async function openPty(terminal: EmulatedTerminal, { link, ...options }: PtyOptions = {}): Promise<Endpoint> {
  const wire = new Wire(terminal, options);
  let pty: Pty | undefined;
  let address = '';
  let attempts = 0;
  const open = async (): Promise<void> => {
    const attempt = ++attempts;
    const opened = await makePty();
    // It was pulled meanwhile.
    if (attempt !== attempts) return opened.close();
    pty = opened;
    sendFrom(opened.master, wire, opened.output);
    wire.onOutput = (bytes) => opened.output.write(bytes);
    address = link !== undefined && makeLink(opened.path, link) ? link : opened.path;
  };
  const remove = async (): Promise<void> => {
    attempts++;
    const gone = pty;
    pty = undefined;
    wire.onOutput = undefined;
    if (gone && link !== undefined) rmSync(link, { force: true });
    wire.clear();
    await gone?.close();
  };
  try {
    await open();
  } catch (error) {
    await remove();
    throw error;
  }
  const plug = new Plug(wire, { unplug: remove, replug: open });
  return {
    get address() {
      return address;
    },
    get isPlugged() {
      return plug.isPlugged;
    },
    unplug: () => plug.unplug(),
    replug: () => plug.replug(),
    close: () => plug.unplug(),
  };
}

/** Codes: `UNSUPPORTED`, `USAGE`, as of `openPty`. */
export async function makePty(): Promise<Pty> {
  let opened: OpenedPty;
  try {
    // Loaded only here, because it has binaries for few platforms, and TCP does not need it.
    opened = (createRequire(import.meta.url)('@lydell/node-pty') as NodePty).open({ encoding: null });
  } catch (cause) {
    throw cannotOpen(cause);
  }
  const { _master: master, _slave: slave, _fd: fd, _pty: path } = opened;
  // Close the slave here: it would read bytes that are meant for the program that opens the PTY.
  await new Promise<void>((resolve) => slave.once('close', () => resolve()).destroy());
  // Keep one descriptor of the slave open, and never read it. Without one, the settings are lost
  // and the master ends.
  let held: number | undefined;
  master.on('error', () => undefined); // Linux reports the end of a PTY as an error
  const output = new PtyOutput(fd);
  const close = async (): Promise<void> => {
    output.clear();
    const ended = new Promise<void>((resolve) => master.once('close', () => resolve()));
    if (!master.closed) {
      master.destroy();
      await ended;
    }
    if (held !== undefined) closeSync(held);
  };
  try {
    held = leftOpen(path) ?? openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    await makeRaw(path);
  } catch (cause) {
    const error = cannotOpen(cause);
    await close();
    throw error;
  }
  return { path, master, output, close };
}

/** node-pty says only that it failed, and the serial port's binding says it in words. */
function cannotOpen(cause: unknown): OctobindError {
  const { code, reason } = whyNoPty();
  return new OctobindError(code, `No pseudo-terminal can be opened: ${reason}.`, { subject: 'pseudo-terminal', cause });
}

/** Files that one PTY takes. */
const FILES = 4;

function whyNoPty(): { code: 'USAGE' | 'UNSUPPORTED'; reason: string } {
  const open: number[] = [];
  try {
    while (open.length < FILES) open.push(openSync('/dev/null', 'r'));
  } catch (error) {
    return { code: 'USAGE', reason: reasonOf(error) };
  } finally {
    open.forEach((fd) => closeSync(fd));
  }
  try {
    closeSync(openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY));
  } catch (error) {
    const isUsedUp = (error as NodeJS.ErrnoException).code === 'ENOSPC';
    return isUsedUp
      ? { code: 'USAGE', reason: 'this machine has no more of them (ENOSPC, `kernel.pty.max`)' }
      : { code: 'UNSUPPORTED', reason: `/dev/ptmx cannot be opened: ${reasonOf(error)}` };
  }
  return { code: 'UNSUPPORTED', reason: 'Node cannot on this system' };
}

/** Makes the link to a PTY, or returns false if the file system has no symbolic links. */
function makeLink(path: string, link: string): boolean {
  try {
    rmSync(link, { force: true });
    symlinkSync(path, link);
    return true;
  } catch (cause) {
    if (NO_LINKS.has(String((cause as NodeJS.ErrnoException).code))) return false;
    throw new OctobindError('USAGE', `The link ${link} to ${path} cannot be made: ${reasonOf(cause)}.`, { cause });
  }
}

/** What symlink(2) says on FAT and on some network file systems. */
const NO_LINKS = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

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

/** A new PTY echoes, and translates line ends. Opening it once as a serial port ends that. */
async function makeRaw(path: string): Promise<void> {
  // Loading it takes 0.1 s, and TCP does not need it.
  const { SerialPort } = await import('serialport');
  const port = await SerialPort.binding.open({ path, baudRate: 115_200 });
  await port.close();
}
