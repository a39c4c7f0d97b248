import { mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Group, Op, OsCommand } from '../../assembly/protocol.js';
import { linkFromAddress } from '../../host/link/node/address.js';
import { portError } from '../../host/link/node/serial.js';
import { FrameReader } from '../../host/smp/frame.js';
import { decodeHeader } from '../../host/smp/packet.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { answer, newCounters } from './smp-support.js';

const REQUEST = '\x06\x09ABMKAAAJAAAAAKFhZGVoZWxsb6J/\n';
const ANSWER = '\x06\x09ABMLAAAJAAAAAKFhcmVoZWxsbyTD\n';

interface Pty {
  _master: Socket;
  _slave: Socket;
  _pty: string;
}
const { open } = createRequire(import.meta.url)('@lydell/node-pty') as { open: (options: object) => Pty };

const ECHO = { op: Op.Write, group: Group.Os, command: OsCommand.Echo, body: { d: 'hello' } } as const;

/**
 * The terminal's end of a PTY. It answers the echo request of docs/PROTOCOL.md, the first time
 * with exactly the bytes shown there.
 */
function openPty(): { path: string; master: Socket } {
  const { _master: master, _slave: slave, _pty: path } = open({ encoding: null });
  slave.destroy();
  master.on('error', () => undefined);
  let heard = '';
  const reader = new FrameReader((packet) => {
    const header = decodeHeader(packet);
    if (header?.sequence === 0) expect(heard).toBe(REQUEST);
    if (header) master.write(header.sequence === 0 ? Buffer.from(ANSWER, 'latin1') : answer(header, { r: 'hello' }));
  }, newCounters());
  master.on('data', (chunk) => {
    heard += chunk.toString('latin1');
    reader.push(chunk);
  });
  return { path, master };
}

let directory: string;
let port: string;
let master: Socket;

async function plug(): Promise<void> {
  const pty = openPty();
  master = pty.master;
  await symlink(pty.path, port);
}

async function unplug(): Promise<void> {
  await unlink(port);
  master.destroy();
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'octobind-'));
  port = join(directory, 'till-1.tty');
  await plug();
});

afterEach(async () => {
  master.destroy();
  await rm(directory, { recursive: true });
});

test('a PTY behind a symbolic link echoes in the bytes of docs/PROTOCOL.md', async () => {
  const terminal = new Terminal(linkFromAddress(port), { sequence: 0 });
  expect(await terminal.echo('hello')).toBe('hello');
  await terminal.close();
});

test('a port is locked while it is open, and free again once it is closed', async () => {
  const link = linkFromAddress(port);
  const first = await link.open();
  await expect(link.open()).rejects.toMatchObject({ code: 'PORT_BUSY' });
  await first.close();
  const second = await link.open();
  await second.close();
});

test('a port that vanishes and returns is picked up again', async () => {
  const terminal = new Terminal(linkFromAddress(port), { sequence: 0 });
  expect(await terminal.echo('hello')).toBe('hello');
  await unplug();
  const gone = terminal.smp.request(ECHO, { deadlineMs: 300 });
  await expect(gone).rejects.toMatchObject({ code: 'LINK_CLOSED', cause: { code: 'PORT_MISSING' } });
  await plug();
  expect(await terminal.echo('hello')).toBe('hello');
  await terminal.close();
});

describe('what cannot be opened says what to do', () => {
  test('a port that is not there', async () => {
    await unplug();
    await expect(linkFromAddress(port).open()).rejects.toMatchObject({ code: 'PORT_MISSING' });
    // A link whose terminal is gone is as missing.
    await symlink(join(directory, 'gone'), port);
    await expect(linkFromAddress(port).open()).rejects.toMatchObject({ code: 'PORT_MISSING' });
  });

  test('a file, a folder, a device that is no port', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    for (const path of [file, directory, '/dev/null']) {
      await expect(linkFromAddress(path).open()).rejects.toMatchObject({ code: 'NOT_A_TERMINAL' });
    }
  });

  // Messages of serialport 13 that a test cannot cause: without rights, as root, on another
  // system.
  test.each([
    ['Error: Permission denied, cannot open /dev/ttyUSB0', 'PORT_DENIED'],
    ['Error: Operation not permitted, cannot open /dev/ttyUSB0', 'PORT_DENIED'],
    ['Error: Device or resource busy, cannot open /dev/ttyUSB0', 'PORT_BUSY'],
    ['Opening COM3: Access denied', 'PORT_BUSY'],
    ['Opening COM3: File not found', 'PORT_MISSING'],
    ['Error: No such device or address, cannot open /dev/ttyS9', 'PORT_MISSING'],
    ['Error baud rate of 7 is not supported on your platform', 'LINK_FAILED'],
  ])('%s', (message, code) => {
    expect(portError('/dev/ttyUSB0', new Error(message))).toMatchObject({ code });
  });

  test('a file system that denies', () => {
    expect(portError('/dev/ttyUSB0', Object.assign(new Error('x'), { code: 'EACCES' }))).toMatchObject({
      code: 'PORT_DENIED',
    });
  });
});
