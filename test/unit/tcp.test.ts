import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { EmulatedTerminal, type WireOptions } from '../../host/emulator/index.js';
import { type Endpoint, listenTcp } from '../../host/sim/index.js';
import { linkFromAddress, Terminal } from '../../host/index.js';
import { EVERY_BYTE, Loopback } from '../support/loopback.js';
import { RawLine } from '../support/raw.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function listen(terminal: EmulatedTerminal, options?: WireOptions): Promise<Endpoint> {
  const endpoint = await listenTcp(terminal, 0, options);
  closers.push(() => endpoint.close());
  return endpoint;
}

function booted(): EmulatedTerminal {
  const terminal = new EmulatedTerminal({ serial: 'OB-TCP-0001' });
  terminal.powerOn();
  return terminal;
}

async function dial({ address }: Endpoint): Promise<Socket> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1');
  closers.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Number of a keep-alive timer in /proc/net/tcp (proc_net_tcp.txt of Linux). */
const KEEP_ALIVE = 2;

/** The timer that runs on the connection to a port of this machine. */
function timerOf(port: number): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const ESTABLISHED = '01';
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  const [row] = rows.filter(([, from, , state]) => from === local && state === ESTABLISHED);
  return Number(row?.[5]?.split(':')[0]);
}

describe('a terminal behind TCP', () => {
  it('serves one client after another', async () => {
    const { address } = await listen(booted());
    expect(address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    for (let i = 0; i < 3; i++) {
      const terminal = new Terminal(linkFromAddress(address));
      expect(await terminal.serial()).toBe('OB-TCP-0001');
      await terminal.close();
    }
  });

  it('gets every byte unchanged', async () => {
    const { address } = await listen(new Loopback());
    const line = await RawLine.open(linkFromAddress(address));
    closers.push(() => line.close());
    line.write(EVERY_BYTE);
    expect(await line.read(256)).toEqual(Buffer.from(EVERY_BYTE));
  });

  it('closes the connection of a second client, and still serves the first', async () => {
    const endpoint = await listen(new Loopback());
    const first = await dial(endpoint);
    first.write('a');
    await once(first, 'data');
    const second = await dial(endpoint);
    await once(second, 'close');
    first.write('b');
    const [bytes] = (await once(first, 'data')) as [Buffer];
    expect(bytes.toString()).toBe('b');
  });

  it('still replies after a client left in the middle of a frame', async () => {
    const endpoint = await listen(booted());
    const rude = await dial(endpoint);
    rude.write('\x06\x09ABMKAAAJ');
    rude.resetAndDestroy();
    const terminal = new Terminal(linkFromAddress(endpoint.address));
    closers.push(() => terminal.close());
    expect(await terminal.echo('still here')).toBe('still here');
  });

  it('loses no byte that a client does not read in time, and does not take all of them before', async () => {
    const loopback = new Loopback();
    const endpoint = await listen(loopback);
    const client = await dial(endpoint);
    client.pause();
    let taken = 0;
    const receive = loopback.receive.bind(loopback);
    loopback.receive = (bytes) => {
      taken += bytes.length;
      receive(bytes);
    };
    const sent = 64 << 20;
    client.end(new Uint8Array(sent));
    let before = -1;
    await expect.poll(() => before === (before = taken), { interval: 50 }).toBe(true);
    expect(taken).toBeLessThan(sent / 2);
    let received = 0;
    client.on('data', (bytes: Buffer) => (received += bytes.length));
    client.resume();
    await once(client, 'end');
    expect(received).toBe(sent);
  });

  it.runIf(process.platform === 'linux')('has the system ask whether a silent client is still there', async () => {
    const endpoint = await listen(new Loopback());
    const client = await dial(endpoint);
    client.write('a');
    await once(client, 'data');
    expect(timerOf(Number(new URL(endpoint.address).port))).toBe(KEEP_ALIVE);
  });

  it('cannot be reached while a fault unplugs it, and can be reached again after that', async () => {
    const endpoint = await listen(booted(), {
      faults: { seed: 1, faults: [{ kind: 'unplug', direction: 'to-terminal', at: 1, ms: 100 }] },
    });
    const terminal = new Terminal(linkFromAddress(endpoint.address), { timeoutMs: 50, tries: 20 });
    closers.push(() => terminal.close());
    expect(await terminal.echo('before')).toBe('before');
    const began = performance.now();
    expect(await terminal.echo('after')).toBe('after');
    expect(performance.now() - began).toBeGreaterThanOrEqual(100);
  });

  it('is refused with PORT_BUSY if its port is taken', async () => {
    const { address } = await listen(booted());
    const taken = Number(new URL(address).port);
    await expect(listenTcp(booted(), taken)).rejects.toMatchObject({ code: 'PORT_BUSY' });
  });

  it('closes its connection and stops listening when it is closed', async () => {
    const endpoint = await listenTcp(booted(), 0);
    const client = await dial(endpoint);
    const hungUp = once(client, 'close');
    await endpoint.close();
    await hungUp;
    await expect(dial(endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
