import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmulatedTerminal, emulatedLink } from '../../host/emulator/index.js';
import { type ByteStream, Terminal } from '../../host/index.js';
import { EVERY_BYTE, Loopback } from '../support/loopback.js';
import { RawLine } from '../support/raw.js';
import { serialportLink } from '../support/serialport-link.js';

let emulated: EmulatedTerminal;
let terminal: Terminal | undefined;
beforeEach(() => {
  emulated = new EmulatedTerminal({ serial: 'OB-LINK-0001' });
  emulated.powerOn();
});
afterEach(() => terminal?.close());

/** Resolves when the other side ends a stream. */
const endOf = (stream: ByteStream): Promise<void> =>
  new Promise((resolve) => stream.listen({ onData: () => undefined, onEnd: resolve }));

const links = [
  ['the link to a terminal in this process', emulatedLink],
  ["the same through serialport's stream", serialportLink],
] as const;

describe.each(links)('%s', (_what, linkTo) => {
  it('carries every byte as it is, more than a stream takes at once', async () => {
    const line = await RawLine.open(linkTo(new Loopback()));
    const sent = Buffer.concat(Array<Uint8Array>(40).fill(EVERY_BYTE));
    line.write(sent);
    expect((await line.read(sent.length)).equals(sent)).toBe(true);
    await line.close();
  });

  it('does not touch what it was given to send, nor keep it', async () => {
    const line = await RawLine.open(linkTo(new Loopback(), { baud: 115_200 }));
    const given = Buffer.from('card number');
    line.write(given);
    await new Promise(setImmediate);
    expect(given.toString()).toBe('card number');
    given.fill(0);
    expect((await line.read(11)).toString()).toBe('card number');
    await line.close();
  });

  it('is opened by one at a time, and again after it was closed', async () => {
    const link = linkTo(emulated);
    const first = await link.open();
    await expect(link.open()).rejects.toMatchObject({ code: 'PORT_BUSY' });
    await first.close();
    terminal = new Terminal(link);
    expect(await terminal.serial()).toBe('OB-LINK-0001');
  });

  it('that is unplugged ends what is open, cannot be opened, and can be once it is plugged in', async () => {
    const link = linkTo(emulated);
    const ended = endOf(await link.open());
    link.unplug();
    await ended;
    await expect(link.open()).rejects.toMatchObject({ code: 'PORT_MISSING' });
    link.replug();
    terminal = new Terminal(link);
    expect(await terminal.echo('back')).toBe('back');
  });

  it('loses what is under way when it is unplugged', async () => {
    const link = linkTo(new Loopback(), { baud: 1200 });
    const stream = await link.open();
    const ended = endOf(stream);
    stream.write(new Uint8Array(1000));
    await new Promise(setImmediate);
    link.unplug();
    await ended;
    link.replug();
    const line = await RawLine.open(link);
    line.write(Buffer.of(42));
    // The first byte to come is the one sent after `replug`, and it comes soon: the 1,000 lost
    // bytes would take more than eight seconds.
    expect(await line.read(1)).toEqual(Buffer.of(42));
    await line.close();
  });

  it('is found again by a terminal in use', async () => {
    const link = linkTo(emulated);
    terminal = new Terminal(link, { timeoutMs: 50, tries: 20 });
    expect(await terminal.echo('before')).toBe('before');
    link.unplug();
    const waiting = terminal.echo('after');
    setTimeout(() => link.replug(), 30);
    expect(await waiting).toBe('after');
  });
});
