import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import { type Endpoint, openPty, type PtyOptions } from '../../host/sim/index.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { EVERY_BYTE, Loopback } from '../support/loopback.js';

const closers: (() => unknown)[] = [];
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'octobind-pty-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true });
});

function booted(serial = 'OB-PTY-0001'): EmulatedTerminal {
  const terminal = new EmulatedTerminal({ serial });
  terminal.powerOn();
  return terminal;
}

async function open(terminal: EmulatedTerminal, options?: PtyOptions): Promise<Endpoint> {
  const endpoint = await openPty(terminal, options);
  closers.push(() => endpoint.close());
  return endpoint;
}

async function openPort(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: 115_200 });
  await once(port, 'open');
  return port;
}

async function closePort(port: SerialPort): Promise<void> {
  port.close();
  await once(port, 'close');
}

async function echoes(path: string, text: string): Promise<void> {
  const terminal = new Terminal(linkFromAddress(path));
  expect(await terminal.echo(text)).toBe(text);
  await terminal.close();
}

/**
 * Writes bytes as a program that sets no line options does, and returns as many bytes from the
 * line.
 */
async function plainly(path: string, bytes: Uint8Array): Promise<Buffer> {
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  try {
    writeSync(fd, bytes);
    const received = Buffer.alloc(bytes.length);
    for (let at = 0; at < received.length;) {
      await new Promise(setImmediate);
      try {
        at += readSync(fd, received, at, received.length - at, null);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }
    return received;
  } finally {
    closeSync(fd);
  }
}

describe('a terminal behind a PTY', () => {
  it('can be opened by serialport, closed, and opened again', async () => {
    const { address } = await open(booted());
    for (const text of ['first', 'second', 'third']) await echoes(address, text);
  });

  it('has a PTY of its own beside another terminal', async () => {
    const [one, two] = [await open(booted('OB-ONE')), await open(booted('OB-TWO'))];
    const terminals = [one, two].map(({ address }) => new Terminal(linkFromAddress(address)));
    closers.push(() => Promise.all(terminals.map((terminal) => terminal.close())));
    expect(await Promise.all(terminals.map((terminal) => terminal.serial()))).toEqual(['OB-ONE', 'OB-TWO']);
  });

  it('gets every byte unchanged from the first one on, whatever program opens the PTY', async () => {
    const { address } = await open(new Loopback());
    expect(await plainly(address, EVERY_BYTE)).toEqual(Buffer.from(EVERY_BYTE));
    const port = await openPort(address);
    const back = once(port, 'data');
    port.write('\r\n\x03\x04');
    expect((await back)[0]).toEqual(Buffer.from('\r\n\x03\x04'));
    await closePort(port);
    expect(await plainly(address, EVERY_BYTE)).toEqual(Buffer.from(EVERY_BYTE));
  });

  it.runIf(process.platform === 'linux')('has a PTY in raw mode, by the output of stty', async () => {
    const { address } = await open(booted());
    const settings = execFileSync('stty', ['-a', '-F', address], { encoding: 'utf8' }).split(/[\s;]+/);
    for (const off of ['-echo', '-icanon', '-isig', '-icrnl', '-ixon', '-opost']) expect(settings).toContain(off);
  });

  it('still replies after a program closed the PTY in the middle of a frame', async () => {
    const { address } = await open(booted());
    const rude = await openPort(address);
    await promisify(rude.write.bind(rude) as (text: string, done: () => void) => void)('\x06\x09ABMKAAAJ');
    await closePort(rude);
    await echoes(address, 'still here');
  });

  // In a process of its own, because a test that is blocked could not fail.
  it('is not blocked by a program that reads nothing, and loses no byte that it reads later', async () => {
    const built = (path: string): string =>
      JSON.stringify(fileURLToPath(new URL(`../../build/host/${path}`, import.meta.url)));
    const script = `
      import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
      import { EmulatedTerminal } from ${built('emulator/index.js')};
      import { openPty } from ${built('sim/index.js')};
      class Loopback extends EmulatedTerminal {
        receive(bytes) { this.onOutput?.(bytes.slice()); }
      }
      const pty = await openPty(new Loopback({ serial: 'X' }));
      const fd = openSync(pty.address, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      const offer = (call) => {
        try { return call(); } catch (error) { if (error.code !== 'EAGAIN') throw error; return 0; }
      };
      // Nothing is taken any more once 1000 turns of the loop brought nothing.
      let sent = 0;
      for (let idle = 0; idle < 1000; idle++) {
        await new Promise(setImmediate);
        const count = offer(() => writeSync(fd, new Uint8Array(4096)));
        sent += count;
        if (count > 0) idle = 0;
        if (sent > 2_000_000) throw new Error('it takes all');
      }
      if (sent < 20_000) throw new Error('it takes little');
      for (let received = 0; received < sent; ) {
        await new Promise(setImmediate);
        received += offer(() => readSync(fd, new Uint8Array(4096)));
      }
      closeSync(fd);
      await pty.close();
      console.log('done');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 15_000,
      killSignal: 'SIGKILL',
    });
    expect(stdout).toBe('done\n');
  });

  it('has a link with the same path after a restart, which is removed at the close', async () => {
    const link = join(dir, 'till-1.tty');
    const first = await openPty(booted(), { link });
    expect(first.address).toBe(link);
    await echoes(link, 'one');
    const path = readlinkSync(link);
    await first.close();
    expect(existsSync(path)).toBe(false);
    expect(() => readlinkSync(link)).toThrow('ENOENT');
    await open(booted(), { link });
    await echoes(link, 'two');
  });

  it('replaces a link that a killed process left behind', async () => {
    const link = join(dir, 'till-1.tty');
    const script = `require('fs').symlinkSync('/dev/pts/99999', ${JSON.stringify(link)})`;
    execFileSync(process.execPath, ['-e', script]);
    await open(booted(), { link });
    await echoes(link, 'mine');
  });

  it('loses its link while a fault unplugs it, and gets it back', async () => {
    const link = join(dir, 'till-1.tty');
    await open(booted(), {
      link,
      faults: { seed: 1, faults: [{ kind: 'unplug', direction: 'to-terminal', at: 1, ms: 150 }] },
    });
    const terminal = new Terminal(linkFromAddress(link), { timeoutMs: 50, tries: 20 });
    closers.push(() => terminal.close());
    expect(await terminal.echo('before')).toBe('before');
    const again = terminal.echo('after');
    await expect.poll(() => existsSync(link), { interval: 1 }).toBe(false);
    expect(await again).toBe('after');
  });

  it('can be closed while it is unplugged, and then gets no link again', async () => {
    const link = join(dir, 'till-1.tty');
    const faults: PtyOptions['faults'] = { seed: 1, faults: [{ kind: 'unplug', direction: 'to-terminal', ms: 300 }] };
    const endpoint = await openPty(booted(), { link, faults });
    const fd = openSync(link, constants.O_RDWR | constants.O_NOCTTY);
    writeSync(fd, 'x');
    await expect.poll(() => existsSync(link), { interval: 1 }).toBe(false);
    closeSync(fd);
    await endpoint.close();
    await new Promise((resolve) => setTimeout(resolve, 400)); // longer than it would be unplugged
    expect(existsSync(link)).toBe(false);
  });

  it.runIf(process.platform === 'linux')('leaves no descriptor open once it is closed', async () => {
    const terminal = booted();
    await (await openPty(terminal)).close(); // the first opening may load things that stay open
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 5; i++) await (await openPty(terminal)).close();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it('is as slow as its baud rate in both directions', async () => {
    const { address } = await open(new Loopback(), { baud: 9600 });
    const began = performance.now();
    await plainly(address, new Uint8Array(24));
    expect(performance.now() - began).toBeGreaterThanOrEqual((2 * 24 * 10_000) / 9600);
  });
});
