import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { linkFromAddress } from '../../host/link/node/address.js';
import { Terminal } from '../../host/terminal/terminal.js';

const REQUEST = '\x06\x09ABMKAAAJAAAAAKFhZGVoZWxsb6J/\n';
const ANSWER = '\x06\x09ABMLAAAJAAAAAKFhcmVoZWxsbyTD\n';

const servers: Server[] = [];
const sockets = new Set<Socket>();

async function listen(onSocket: (socket: Socket) => void, port = 0): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  servers.push(server);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

const golden = (socket: Socket): void => {
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1');
    if (heard === REQUEST) socket.write(ANSWER, 'latin1');
  });
};

const terminalAt = (port: number, options = {}): Terminal =>
  new Terminal(linkFromAddress(`tcp://127.0.0.1:${port}`), { sequence: 0, ...options });

test('an echo goes out and comes back in the bytes of docs/PROTOCOL.md', async () => {
  const terminal = terminalAt(await listen(golden));
  expect(await terminal.echo('hello')).toBe('hello');
  await terminal.close();
});

test('nobody listening is a missing port', async () => {
  const port = await listen(() => undefined);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  await expect(terminalAt(port).echo('hello')).rejects.toMatchObject({ code: 'PORT_MISSING' });
});

test('a server that turns us away each time is told as such', async () => {
  const terminal = terminalAt(await listen((socket) => socket.end()));
  await expect(terminal.echo('hello')).rejects.toMatchObject({ code: 'LINK_CLOSED' });
  await terminal.close();
});

test('a connection that breaks in the middle of a request is made again', async () => {
  let connections = 0;
  const port = await listen((socket) => {
    if (connections++ === 0) socket.once('data', () => socket.resetAndDestroy());
    else golden(socket);
  });
  const terminal = terminalAt(port);
  expect(await terminal.echo('hello')).toBe('hello');
  expect(connections).toBe(2);
  await terminal.close();
});

test('an opening that is given up ends', async () => {
  const abort = new AbortController();
  const opening = linkFromAddress(`tcp://127.0.0.1:${await listen(() => undefined)}`).open(abort.signal);
  abort.abort();
  await expect(opening).rejects.toMatchObject({ code: 'LINK_FAILED' });
});
