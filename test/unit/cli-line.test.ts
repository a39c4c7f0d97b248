import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Group, OsCommand, Rc, SessionCommand, StatCommand } from '../../assembly/protocol.js';
import { EmulatedTerminal } from '../../host/emulator/index.js';
import { listenTcp } from '../../host/sim/index.js';
import { FrameReader } from '../../host/smp/frame.js';
import { type Body, decodeBody, decodeHeader, type Header } from '../../host/smp/packet.js';
import { finish, MAIN, run, start } from './cli-support.js';
import { answer, newCounters } from './smp-support.js';

const STACK = /^ +at /m;
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Listens on a free port, and returns its address. */
async function listen(onClient: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onClient(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A terminal of which each reply takes `ms`. It is hostile: `replyTo` says what it likes. */
const hostile = (replyTo: (header: Header, body: Body) => Body, ms = 0): Promise<string> =>
  listen((socket) => {
    const reader = new FrameReader((packet) => {
      const header = decodeHeader(packet);
      if (!header) return;
      const frame = answer(header, replyTo(header, decodeBody(packet)));
      setTimeout(() => socket.write(frame), ms);
    }, newCounters());
    socket.on('data', (bytes) => reader.push(bytes));
  });

function emulated(): EmulatedTerminal {
  const terminal = new EmulatedTerminal({ serial: 'OB-LINE' });
  terminal.powerOn();
  return terminal;
}

describe('a program that was stopped', () => {
  test('reads the reply that came meanwhile, before it gives up', async () => {
    const terminal = emulated();
    let wasStopped = false;
    const port = await listen((socket) => {
      terminal.onOutput = (bytes) => socket.write(bytes);
      socket.on('data', (bytes) => {
        if (!wasStopped) {
          wasStopped = true;
          child.kill('SIGSTOP');
          // Longer than the program has for all of its requests.
          setTimeout(() => child.kill('SIGCONT'), 8000);
        }
        terminal.receive(bytes);
      });
    });
    const child = start(['info', '--port', port, '--timeout', '6', '--json']);
    undo.push(() => child.kill('SIGKILL'));
    const { code, stdout } = await finish(child);
    expect(wasStopped).toBe(true);
    expect(JSON.parse(stdout)).toMatchObject({ serial: 'OB-LINE' });
    expect(code).toBe(0);
  }, 60_000);
});

describe('a line that takes 350 ms each way', () => {
  test('is no reason to fail', async () => {
    const faults = { seed: 1, faults: [{ kind: 'delay', direction: 'both', every: 1, ms: 350 } as const] };
    const endpoint = await listenTcp(emulated(), 0, { faults });
    undo.push(() => endpoint.close());
    const { code, stdout } = await run(['keys', 'status', '--port', endpoint.address]);
    expect(stdout).toContain('OB-LINE');
    expect(code).toBe(0);
  }, 60_000);
});

/** What a terminal replies whose firmware does not know `about`. */
function older(group: number, command: number): Body {
  if (group === (Group.Session as number) || group === (Group.Enumeration as number)) return { rc: Rc.NotSupported };
  if (group === (Group.Stat as number)) return { stat_list: [] };
  return command === (OsCommand.Params as number) ? { buf_size: 2048, buf_count: 1 } : { output: 'OB-1' };
}

describe('a terminal with older firmware', () => {
  test('shows all that it can tell', async () => {
    const port = await hostile(({ group, command }) => older(group, command));
    const { code, stdout } = await run(['info', '--port', port, '--json']);
    expect(JSON.parse(stdout)).toEqual({ port, serial: 'OB-1', params: { bufSize: 2048, bufCount: 1 }, stats: {} });
    expect(code).toBe(0);
  }, 60_000);
});

describe('a hostile terminal', () => {
  test('that lists 900 groups, and takes its time for each, is given up by --timeout', async () => {
    const port = await hostile(({ group, command }) => {
      if (group === (Group.Stat as number)) {
        const list = command === (StatCommand.List as number);
        return list ? { stat_list: Array<string>(900).fill('g') } : { name: 'g', fields: { n: 1 } };
      }
      return older(group, command);
    }, 100);
    const { code, stdout, stderr } = await run(['info', '--port', port, '--timeout', '3']);
    expect(stderr).toContain('(LINK_TIMEOUT)');
    expect(stderr).not.toMatch(STACK);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  }, 60_000);

  test('with a serial number of a kilobyte is an error in one sentence', async () => {
    const serial = 'x'.repeat(1024);
    const port = await hostile(({ command }) =>
      command === (SessionCommand.Status as number) ? { state: 1, serial, kcv: null, wait: 0 } : {},
    );
    const { code, stderr } = await run(['keys', 'status', '--port', port]);
    expect(stderr).toContain('(PROTOCOL)');
    expect(stderr).not.toMatch(STACK);
    expect(stderr.length).toBeLessThan(500);
    expect(code).toBe(1);
  }, 60_000);
});

describe('output that cannot be written', () => {
  /** Runs the program with standard output in a file. */
  async function runInto(path: string, args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
    const out = openSync(path, 'w');
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', out, 'pipe'] });
    closeSync(out);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stderr };
  }

  test.runIf(process.platform === 'linux').each([['ports'], ['ports', '--json'], ['--help'], ['--version']])(
    'is an error, not a stack trace: %s %s',
    async (...args) => {
      const { code, stderr } = await runInto('/dev/full', args);
      expect(stderr).toContain('ENOSPC');
      expect(stderr).not.toMatch(STACK);
      expect(code).toBe(1);
    },
    60_000,
  );

  test('is no error if the reader went away', async () => {
    const child = start(['ports']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'exit')) as [number | null];
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 60_000);
});

describe('--timeout', () => {
  test('is refused by a command that talks to no terminal, and must be a number of seconds', async () => {
    expect(await run(['ports', '--timeout', '5'])).toMatchObject({ code: 2 });
    expect(await run(['info', '--timeout', '0'])).toMatchObject({ code: 2 });
  }, 60_000);
});
