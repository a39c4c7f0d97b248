import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeySlot } from '../../assembly/protocol.js';
import {
  DEFAULT_GEOMETRY,
  EmulatedTerminal,
  emulatedLink,
  FlashImage,
  KeyStore,
  listenTcp,
  Nor,
  openPty,
  Rtc,
  runningTerminals,
  startTerminals,
} from '../../host/emulator/index.js';
import { FlashState, linkFromAddress, type OctobindError, Refusal, Terminal, verifyKey } from '../../host/index.js';
import { encodeFrame } from '../../host/smp/frame.js';
import { encodePacket } from '../../host/smp/packet.js';

const VISA = { pan: '4242424242424242', name: 'ZHANG SAN' };
const ECHO = encodeFrame(encodePacket({ version: 1, op: 2, group: 0, sequence: 0, command: 0 }, { d: 'hello' }));
const ECHOED = '\u0006\tABMLAAAJAAAAAKFhcmVoZWxsbyTD\n';

let folder: string;
const cleanups: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'octobind-emulator-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  rmSync(folder, { recursive: true, force: true });
});

function started(parts: Partial<ConstructorParameters<typeof EmulatedTerminal>[0]> = {}): EmulatedTerminal {
  const terminal = new EmulatedTerminal({ serial: 'OB-UNIT', ...parts });
  terminal.powerOn();
  cleanups.push(() => terminal.powerOff());
  return terminal;
}

function client(link: ConstructorParameters<typeof Terminal>[0], options = {}): Terminal {
  const terminal = new Terminal(link, options);
  cleanups.push(() => terminal.close());
  return terminal;
}

function flow(
  stream: { on(event: 'data', listener: (bytes: Buffer) => void): unknown },
  length: number,
): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (text.length >= length) resolve(text);
    });
  });
}

describe('a flash image', () => {
  it('is made erased, of exactly the size of the flash, for its owner alone', () => {
    const path = join(folder, 'new.flash');
    new FlashImage(path, DEFAULT_GEOMETRY).close();
    expect(readFileSync(path).every((byte) => byte === 0xff)).toBe(true);
    expect(statSync(path).size).toBe(65_536);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([1, 65_535, 65_537])('of %i bytes is refused, and left as it is', (size) => {
    const path = join(folder, 'odd.flash');
    const image = Buffer.alloc(size, 'x');
    writeFileSync(path, image);
    expect(() => new FlashImage(path, DEFAULT_GEOMETRY)).toThrow(/IMAGE_SIZE/);
    expect(readFileSync(path).equals(image)).toBe(true);
  });

  it('has what was programmed, the moment that the program returns', () => {
    const path = join(folder, 'durable.flash');
    const image = new FlashImage(path, DEFAULT_GEOMETRY);
    cleanups.push(() => image.close());
    const nor = new Nor(DEFAULT_GEOMETRY, image);
    nor.program(4094, Uint8Array.of(1, 2, 3, 4));
    expect([...readFileSync(path).subarray(4094, 4098)]).toEqual([1, 2, 3, 4]);
    nor.erase(4096);
    expect([...readFileSync(path).subarray(4094, 4098)]).toEqual([1, 2, 255, 255]);
    const again = new FlashImage(path, DEFAULT_GEOMETRY);
    cleanups.push(() => again.close());
    expect(Buffer.compare(new Nor(DEFAULT_GEOMETRY, again).snapshot(), nor.snapshot())).toBe(0);
  });
});

describe('a folder of terminals', () => {
  it('has each image to itself, and takes over what a dead process left', async () => {
    const fleet = await startTerminals({ count: 1, dir: folder });
    await expect(startTerminals({ count: 1, dir: folder })).rejects.toThrow(
      new RegExp(`process ${process.pid}.*IMAGE_IN_USE`, 's'),
    );
    expect(await runningTerminals(folder)).toMatchObject([{ name: 'till-1', serial: 'OB-SIM-0001', pid: process.pid }]);
    await fleet.close();
    expect(await runningTerminals(folder)).toEqual([]);
    expect(existsSync(join(folder, 'till-1.tty'))).toBe(false);
    // No process has the largest number there is.
    const left = { pid: 2 ** 22 - 1, name: 'till-1', serial: 'x', port: 'x' };
    writeFileSync(join(folder, 'till-1.run'), JSON.stringify(left));
    expect(await runningTerminals(folder)).toEqual([]);
    await (await startTerminals({ count: 1, dir: folder })).close();
  });

  it('gives back everything when one of them cannot be started', async () => {
    writeFileSync(join(folder, 'till-2.flash'), 'short');
    await expect(startTerminals({ count: 2, dir: folder })).rejects.toThrow(/IMAGE_SIZE/);
    expect(await runningTerminals(folder)).toEqual([]);
    expect(existsSync(join(folder, 'till-1.tty'))).toBe(false);
  });

  it('keeps cards in their images', async () => {
    const first = await startTerminals({ count: 1, dir: folder });
    await client(linkFromAddress(join(folder, 'till-1.tty'))).bind(VISA);
    await first.close();
    const second = await startTerminals({ count: 1, dir: folder });
    cleanups.push(() => second.close());
    expect((await client(linkFromAddress(join(folder, 'till-1.tty'))).list()).slots[0]).toMatchObject({
      pan: '424242******4242',
    });
  });
});

describe('a PTY', () => {
  it('is raw for whoever opens it, and can be opened again and again', async () => {
    const endpoint = await openPty(started());
    cleanups.push(() => endpoint.close());
    for (let times = 0; times < 3; times++) {
      // As `cat` would: nothing is set up by the one who opens it.
      const fd = openSync(endpoint.address, constants.O_RDWR | constants.O_NOCTTY);
      const stream = new ReadStream(fd);
      const answered = flow(stream, ECHOED.length);
      stream.write(ECHO.subarray(0, 9)); // who leaves in the middle of a frame does not hurt the next one
      stream.write(ECHO);
      expect(await answered).toBe(ECHOED);
      await new Promise((resolve) => stream.once('close', resolve).destroy());
    }
    const terminal = client(linkFromAddress(endpoint.address));
    expect(await terminal.echo('x'.repeat(1000))).toHaveLength(1000);
  });

  it('has a link that follows it, and goes with it', async () => {
    const link = join(folder, 'till.tty');
    const first = await openPty(started(), { link });
    const path = readlinkSync(link);
    await first.close();
    expect(existsSync(link)).toBe(false);
    const held = openSync('/dev/null', 'r');
    cleanups.push(() => closeSync(held));
    const second = await openPty(started(), { link });
    cleanups.push(() => second.close());
    expect(await client(linkFromAddress(link)).echo(path)).toBe(path);
  });
});

describe('TCP', () => {
  it('takes one client at a time, and the next one when it has gone', async () => {
    const endpoint = await listenTcp(started(), 0);
    cleanups.push(() => endpoint.close());
    const first = client(linkFromAddress(endpoint.address));
    expect(await first.echo('first')).toBe('first');
    const port = Number(new URL(endpoint.address).port);
    const second = createConnection(port, '127.0.0.1');
    await new Promise((resolve) => second.on('error', () => undefined).once('close', resolve));
    expect(await first.echo('still')).toBe('still');
    await first.close();
    expect(await client(linkFromAddress(endpoint.address)).echo('next')).toBe('next');
  });

  it('says that its port is taken', async () => {
    const endpoint = await listenTcp(started(), 0);
    cleanups.push(() => endpoint.close());
    await expect(listenTcp(started(), Number(new URL(endpoint.address).port))).rejects.toThrow(/PORT_BUSY/);
  });
});

describe('an emulated link', () => {
  it('is busy while it is open', async () => {
    const link = emulatedLink(started());
    const stream = await link.open();
    await expect(link.open()).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await new Promise((resolve) => stream.once('close', resolve).destroy());
    (await link.open()).destroy();
  });

  it('that is unplugged in the middle of a request serves it when it is back', async () => {
    const emulated = started();
    const link = emulatedLink(emulated, { baud: 9600 });
    const terminal = client(link);
    await terminal.echo('before');
    const answer = terminal.echo('x'.repeat(300));
    // Pulled while the request is on its way, at 9600 baud for a third of a second.
    await new Promise((resolve) => setImmediate(resolve));
    link.unplug();
    await expect(link.open()).rejects.toMatchObject({ code: 'PORT_MISSING' });
    link.replug();
    expect(await answer).toBe('x'.repeat(300));
    expect(terminal.smp.counters.closed).toBe(1);
  });

  it('that stays unplugged for a while serves the request as soon as it is back', async () => {
    const link = emulatedLink(started());
    const opened = link.open.bind(link);
    let tries = 0;
    const terminal = client({
      address: link.address,
      open: () => {
        // Not by the clock: the client has looked for the port in vain a few times, and is waiting for longer each time.
        if (++tries === 5) link.replug();
        return opened();
      },
    });
    await terminal.echo('before');
    link.unplug();
    const began = performance.now();
    expect(await terminal.echo('after')).toBe('after');
    expect(tries).toBe(5);
    expect(performance.now() - began).toBeLessThan(2000);
    await expect(link.open()).rejects.toMatchObject({ code: 'PORT_BUSY' });
  });

  it('takes no less time than its bytes', async () => {
    const terminal = client(emulatedLink(started(), { baud: 38_400 }));
    await terminal.echo('warm');
    const before = performance.now();
    await terminal.echo('x'.repeat(300));
    // The answer has as many bytes as the request; ten bits carry one.
    const request = encodeFrame(
      encodePacket({ version: 1, op: 2, group: 0, sequence: 0, command: 0 }, { d: 'x'.repeat(300) }),
    );
    expect(performance.now() - before).toBeGreaterThanOrEqual((2 * request.length * 10_000) / 38_400);
  });
});

describe('power', () => {
  it('off answers nothing, and on again has the table of before', async () => {
    const emulated = started();
    const terminal = client(emulatedLink(emulated), { timeoutMs: 20, tries: 2 });
    await terminal.bind(VISA);
    const before = await terminal.list();
    emulated.powerOff();
    await expect(terminal.list()).rejects.toMatchObject({ code: 'LINK_TIMEOUT' });
    emulated.powerOn();
    expect(await terminal.list()).toEqual(before);
  });
});

describe('hardware', () => {
  it('without a key proves nothing, and says so', async () => {
    const terminal = client(emulatedLink(started()));
    await terminal.bind(VISA);
    await expect(terminal.verify(new Uint8Array(16))).rejects.toMatchObject({ refusal: Refusal.KeyMissing });
  });

  it('has a clock that may not be set, and goes on without power', async () => {
    let wall = 1_000_000;
    const emulated = started({ rtc: new Rtc(() => wall, false) });
    const terminal = client(emulatedLink(emulated));
    await expect(terminal.datetime()).rejects.toMatchObject({ name: 'OctobindError' });
    await terminal.setDatetime(new Date('2030-01-01T00:00:00Z'));
    emulated.powerOff();
    wall += 5000;
    emulated.powerOn();
    expect(await terminal.datetime()).toEqual(new Date('2030-01-01T00:00:05Z'));
  });

  it('keeps keys that can be used and not read: RFC 4231, test case 2', () => {
    const keys = new KeyStore().set(KeySlot.Verify, Buffer.from('Jefe'));
    const mac = keys.hmac(KeySlot.Verify, Buffer.from('what do ya want for nothing?'));
    expect(Buffer.from(mac ?? []).toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(keys.hmac(1, Buffer.of())).toBeUndefined();
    expect(JSON.stringify(keys)).toBe('{}');
  });

  it('derives the key of a terminal: HKDF-SHA256, computed with hmac and hashlib of Python 3.11', () => {
    const key = verifyKey(Buffer.alloc(32, 1), 'OB-SIM-0001');
    expect(key.toString('hex')).toBe('16947b045ad2d85cc4c4a5ded6a2d5d6164edf70452b6997e45d9cb74476d284');
  });
});

describe('a firmware', () => {
  /** A module that exports what a firmware does, and traps at the first byte. */
  function trapping(version: number): WebAssembly.Module {
    const names = ['halVersion', 'memoryEnd', 'boot', 'receive', 'poll'];
    const section = (id: number, body: number[]): number[] => [id, body.length, ...body];
    const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
    const types = [3, 0x60, 0, 1, 0x7f, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7f];
    const code = (...ops: number[]): number[] => [ops.length + 2, 0, ...ops, 0x0b];
    return new WebAssembly.Module(
      Uint8Array.from([
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...section(1, types),
        ...section(3, [5, 0, 0, 1, 2, 2]),
        ...section(5, [1, 0, 1]),
        ...section(7, [6, ...names.flatMap((text, index) => [...name(text), 0, index]), ...name('memory'), 2, 0]),
        ...section(10, [5, ...code(0x41, version), ...code(0x41, 0), ...code(), ...code(0x00), ...code(0x41, 0x7f)]),
      ]),
    );
  }

  it('that traps is reported, and leaves the terminal off', () => {
    const terminal = started({ module: trapping(1) });
    const traps: OctobindError[] = [];
    terminal.onTrap = (error) => traps.push(error);
    terminal.receive(Uint8Array.of(6));
    expect(traps.map(({ code }) => code)).toEqual(['FIRMWARE']);
    expect(traps[0]?.cause).toBeInstanceOf(WebAssembly.RuntimeError);
    expect(terminal.isOn).toBe(false);
    terminal.receive(Uint8Array.of(6));
    expect(traps).toHaveLength(1);
  });

  it('that traps is thrown where nobody takes it', () => {
    const terminal = started({ module: trapping(1) });
    expect(() => terminal.receive(Uint8Array.of(6))).toThrow(/FIRMWARE/);
  });

  it('of another HAL is refused', () => {
    expect(() => started({ module: trapping(2) })).toThrow(/HAL version 2.*FIRMWARE/s);
  });

  it('begins with a flash that is blank', async () => {
    expect((await client(emulatedLink(started())).list()).state).toBe(FlashState.Blank);
  });
});
