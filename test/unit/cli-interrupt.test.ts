import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finish, onScreen, start } from './cli-support.js';

const VISA = '4242424242424242';

describe('Ctrl-C', () => {
  let server: Server;
  beforeAll(async () => {
    // A port that accepts all bytes and sends none.
    server = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends a command that waits for its terminal: %s', async (signal, expected) => {
    const connected = once(server, 'connection');
    const child = start(['list', '--json', '--port', `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`]);
    const ended = finish(child);
    await connected;
    child.kill(signal);
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(expected);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ABORTED' } });
    expect(stderr).toBe('');
  });
});

describe('the prompt', () => {
  it('hides the number', async () => {
    const { code, screen } = await onScreen([['Card number', `${VISA}\r`]], ['card', 'check']);
    expect(code).toBe(0);
    expect(screen).toContain('424242******4242');
    expect(screen).not.toContain(VISA);
    // No part of it either, which an echo that is hidden too late would show.
    expect(screen.replaceAll('424242******4242', '')).not.toMatch(/4242/);
  });

  it('shows a mark for each digit', async () => {
    const { screen } = await onScreen(
      [
        ['Card number', '42424242'],
        ['********', `${VISA.slice(8)}\r`],
      ],
      ['card', 'check'],
    );
    expect(screen).toContain('*'.repeat(16));
  });

  it('judges the number at once, gives another try, and refuses a number as a name', async () => {
    const { code, screen } = await onScreen(
      [
        ['Card number', '4242424242424241\r'],
        ['check digit', `\u0015${VISA}\r`],
        ["Holder's name:", '4539578763621486\r'],
        ["not a name. Clear your screen afterwards.\r\nHolder's name:", 'LI SI\r'],
      ],
      ['bind', '--port', 'tcp://127.0.0.1:1'],
    );
    expect(code).toBe(3);
    expect(screen).toContain('(PORT_MISSING)');
    // Once: as it was typed.
    expect(screen.match(/4539578763621486/g)).toHaveLength(1);
    expect(screen).not.toMatch(/4242/);
  });

  it('can be left with Ctrl-C', async () => {
    const { code, screen } = await onScreen([['Card number', `4242\u0003`]], ['card', 'check']);
    expect(code).toBe(130);
    expect(screen).not.toMatch(/4242/);
  });
});
