import { afterEach, expect, test } from 'vitest';
import { EmulatedTerminal, emulatedLink } from '../../host/emulator/index.js';
import { messagePortLink } from '../../host/link/message-port.js';
import { Terminal } from '../../host/terminal/terminal.js';
import { EVERY_BYTE, Loopback } from '../support/loopback.js';
import { RawLine } from '../support/raw.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A port whose other end is a terminal's, as a worker would have it. */
async function connect(terminal: EmulatedTerminal): Promise<MessagePort> {
  const { port1, port2 } = new MessageChannel();
  closers.push(() => port2.close());
  const stream = await emulatedLink(terminal).open();
  stream.listen({ onData: (bytes) => port2.postMessage(bytes), onEnd: () => port2.postMessage(null) });
  port2.onmessage = ({ data }: MessageEvent<Uint8Array | null>) => {
    if (data) stream.write(data);
    else void stream.close();
  };
  return port1;
}

/** A link over one port, and the other end of it. */
function channel() {
  const { port1, port2 } = new MessageChannel();
  closers.push(() => port2.close());
  return { link: messagePortLink(() => port1), far: port2 };
}

test('reaches a terminal, again by another port after it was closed', async () => {
  const emulated = new EmulatedTerminal({ serial: 'OB-PORT-0001' });
  emulated.powerOn();
  const link = messagePortLink(() => connect(emulated));
  for (const text of ['one', 'two']) {
    const terminal = new Terminal(link);
    expect(await terminal.serial()).toBe('OB-PORT-0001');
    expect(await terminal.echo(text)).toBe(text);
    await terminal.close();
  }
});

test('carries every byte as it is, and leaves the caller its own', async () => {
  const line = await RawLine.open(messagePortLink(() => connect(new Loopback())));
  const sent = Uint8Array.from([...EVERY_BYTE, ...EVERY_BYTE]);
  line.write(sent.subarray(0, 256));
  line.write(sent.subarray(256));
  expect(sent).toHaveLength(512);
  expect((await line.read(512)).equals(sent)).toBe(true);
  await line.close();
});

test('keeps what comes before anybody listens', async () => {
  const { link, far } = channel();
  const stream = await link.open();
  far.postMessage(Uint8Array.of(7));
  await new Promise((resolve) => setTimeout(resolve, 10));
  const received = await new Promise((resolve) => stream.listen({ onData: resolve, onEnd: () => undefined }));
  expect(received).toEqual(Uint8Array.of(7));
  await stream.close();
});

test.each([
  ['says so', (far: MessagePort) => far.postMessage(null)],
  ['closes its port', (far: MessagePort) => far.close()],
])('ends once when the other side %s, and passes over what is no bytes', async (_how, end) => {
  const { link, far } = channel();
  const stream = await link.open();
  const state = { received: 0, ends: 0 };
  stream.listen({ onData: () => state.received++, onEnd: () => state.ends++ });
  far.postMessage('hello');
  end(far);
  await expect.poll(() => state.ends).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(state).toEqual({ received: 0, ends: 1 });
  stream.write(Uint8Array.of(1));
  await stream.close();
});

test('that ended before anybody listened says so at once', async () => {
  const { link, far } = channel();
  const stream = await link.open();
  far.close();
  await new Promise((resolve) => setTimeout(resolve, 10));
  let ends = 0;
  stream.listen({ onData: () => undefined, onEnd: () => ends++ });
  expect(ends).toBe(1);
});

test('tells the other side of its close, which is no end of its own', async () => {
  const { link, far } = channel();
  const stream = await link.open();
  let ends = 0;
  stream.listen({ onData: () => undefined, onEnd: () => ends++ });
  const told = new Promise((resolve) => (far.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data)));
  await stream.close();
  await stream.close();
  expect(await told).toBeNull();
  expect(ends).toBe(0);
});

test('an opening that is given up ends at once, and the port that comes too late is closed', async () => {
  const { port1, port2 } = new MessageChannel();
  const closed = new Promise<void>((resolve) => port2.addEventListener('close', () => resolve()));
  port2.start();
  let give: (port: MessagePort) => void = () => undefined;
  const abort = new AbortController();
  const opening = messagePortLink(() => new Promise((resolve) => (give = resolve))).open(abort.signal);
  abort.abort();
  await expect(opening).rejects.toMatchObject({ code: 'LINK_FAILED' });
  give(port1);
  await closed;
});
