import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import type { ByteStream } from '../../host/link/link.js';
import { webSerialLink } from '../../host/link/web-serial.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { FakeSerialPort } from '../support/fake-serial-port.js';

let port: FakeSerialPort;
let terminal: Terminal | undefined;
beforeEach(() => {
  port = new FakeSerialPort();
});
afterEach(() => terminal?.close());

/** Puts a terminal at the other end of the port. */
function plugIn(): void {
  const emulated = new EmulatedTerminal({ serial: 'OB-WEB-0001' });
  port.onWrite = (bytes) => emulated.receive(bytes);
  // Not at once: the firmware is running, and whoever reads may write to it.
  emulated.onOutput = (bytes) => queueMicrotask(() => port.say(bytes));
  emulated.powerOn();
}

/** What a stream brought, and how often it ended. */
function listenTo(stream: ByteStream): { received: number[]; ends: number } {
  const state = { received: [] as number[], ends: 0 };
  stream.listen({ onData: (bytes) => state.received.push(...bytes), onEnd: () => state.ends++ });
  return state;
}

test('reaches a terminal, and leaves the port closed', async () => {
  plugIn();
  terminal = new Terminal(webSerialLink(port, { baudRate: 9600 }));
  expect(await terminal.serial()).toBe('OB-WEB-0001');
  expect(await terminal.echo('x'.repeat(1500))).toHaveLength(1500);
  expect(port.opened).toEqual({ baudRate: 9600, bufferSize: 4096 });
  await terminal.close();
  expect(port.isOpen).toBe(false);
});

test('is opened by one at a time, and again after it was closed', async () => {
  const link = webSerialLink(port);
  const first = await link.open();
  await expect(link.open()).rejects.toMatchObject({ code: 'PORT_BUSY' });
  listenTo(first);
  await first.close();
  await first.close();
  const second = await link.open();
  await second.close();
  expect(port.isOpen).toBe(false);
});

test.each(['BufferOverrunError', 'BreakError', 'FramingError', 'ParityError'])('goes on after a %s', async (name) => {
  const stream = await webSerialLink(port).open();
  const state = listenTo(stream);
  port.say(Uint8Array.of(1));
  await expect.poll(() => state.received).toEqual([1]);
  port.disturb(name);
  await new Promise(setImmediate);
  port.say(Uint8Array.of(2));
  await expect.poll(() => state.received).toEqual([1, 2]);
  expect(state.ends).toBe(0);
  await stream.close();
  expect(state.ends).toBe(0);
});

test('gives up a port on which one error follows another', async () => {
  const state = listenTo(await webSerialLink(port).open());
  port.disturb('UnknownError');
  await expect.poll(() => state.ends).toBe(1);
  await expect.poll(() => port.isOpen).toBe(false);
});

test('that is lost ends once, cannot be opened, and is found again by a terminal in use', async () => {
  plugIn();
  const link = webSerialLink(port);
  const stream = await link.open();
  const state = listenTo(stream);
  port.lose();
  await expect.poll(() => state.ends).toBe(1);
  await expect.poll(() => port.isOpen).toBe(false);
  await expect(link.open()).rejects.toMatchObject({ code: 'PORT_MISSING' });
  port.connected = true;
  terminal = new Terminal(link, { timeoutMs: 50, tries: 20 });
  expect(await terminal.echo('before')).toBe('before');
  port.lose();
  const waiting = terminal.echo('after');
  setTimeout(() => (port.connected = true), 30);
  expect(await waiting).toBe('after');
  expect(state.ends).toBe(1);
});

test('that was lost before anybody listened says so at once', async () => {
  const stream = await webSerialLink(port).open();
  port.lose();
  await new Promise(setImmediate);
  expect(listenTo(stream).ends).toBe(1);
});

test('counts what has not left, and loses what is written too late', async () => {
  let leave: () => void = () => undefined;
  port.onWrite = () => new Promise((resolve) => (leave = resolve));
  const stream = await webSerialLink(port).open();
  listenTo(stream);
  stream.write(new Uint8Array(5));
  stream.write(new Uint8Array(2));
  await new Promise(setImmediate);
  expect(stream.queuedBytes).toBe(7);
  leave();
  await expect.poll(() => stream.queuedBytes).toBe(2);
  leave();
  await expect.poll(() => stream.queuedBytes).toBe(0);
  await stream.close();
  stream.write(new Uint8Array(5));
  await expect.poll(() => stream.queuedBytes).toBe(0);
});

test('a browser that cannot open it says why', async () => {
  port.open = () => Promise.reject(new DOMException('Failed to open serial port.', 'NetworkError'));
  await expect(webSerialLink(port).open()).rejects.toMatchObject({
    code: 'LINK_FAILED',
    message: expect.stringContaining('Failed to open serial port') as string,
  });
});

test('an opening that is given up ends at once, and the port that opens too late is closed', async () => {
  const open = port.open.bind(port);
  let go: () => void = () => undefined;
  port.open = (options) => new Promise<void>((resolve) => (go = resolve)).then(() => open(options));
  const abort = new AbortController();
  const opening = webSerialLink(port).open(abort.signal);
  abort.abort();
  await expect(opening).rejects.toMatchObject({ code: 'LINK_FAILED' });
  go();
  await expect.poll(() => port.opened).toBeDefined();
  await expect.poll(() => port.isOpen).toBe(false);
  await expect(webSerialLink(port).open(abort.signal)).rejects.toMatchObject({ code: 'LINK_FAILED' });
});
