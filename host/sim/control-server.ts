import { once } from 'node:events';
import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Register } from '../../assembly/protocol.js';
import type { EmulatedTerminal } from '../emulator/emulated-terminal.js';
import { OctobindError, reasonOf } from '../error.js';
import { type ControlAction, type ControlReply, linesOf, readRequest, socketPath } from './control-protocol.js';
import type { Endpoint } from './endpoint.js';
import type { Power } from './power.js';

/** What the actions change. */
interface Controlled {
  readonly name: string;
  readonly terminal: EmulatedTerminal;
  readonly power: Power;
  readonly endpoint: Endpoint;
}

/**
 * Serves the actions on a terminal at a socket of mode 0600, in the place of one that a killed
 * process left. Any number of programs may use it at once. If it cannot be made, `tell` gets the
 * reason: the terminal does without.
 */
export async function serveControl(
  path: string,
  controlled: Controlled,
  tell: (message: string) => void,
): Promise<{ close(): Promise<void> } | undefined> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.setEncoding('utf8');
    // A client that goes away, or sends no lines, ends its own connection alone.
    pipeline(socket, (chunks: AsyncIterable<string>) => replies(chunks, controlled), socket).catch(() =>
      socket.destroy(),
    );
  });
  try {
    await listen(server, path);
  } catch (error) {
    const reason = error instanceof OctobindError ? error.message : reasonOf(error);
    tell(`The socket ${path} cannot be made: ${reason}. No program can act on this terminal by it.`);
    return undefined;
  }
  return {
    async close() {
      rmSync(path, { force: true });
      clients.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * Makes the socket in a folder that nobody else can enter: its mode can only be set once it is
 * there. So it also comes to its place whole, over what was there.
 */
async function listen(server: Server, path: string): Promise<void> {
  socketPath(path);
  const folder = mkdtempSync(join(dirname(path), '.ctl-'));
  try {
    const draft = join(folder, 's');
    server.listen(socketPath(draft));
    await once(server, 'listening');
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function* replies(chunks: AsyncIterable<string>, controlled: Controlled): AsyncGenerator<string> {
  for await (const line of linesOf(chunks)) {
    if (line.trim() !== '') yield `${JSON.stringify(await replyTo(line, controlled))}\n`;
  }
}

async function replyTo(line: string, controlled: Controlled): Promise<object> {
  try {
    const { action, bytes } = readRequest(line);
    const changed = await ACT[action](controlled, bytes);
    const { name: terminal, power, endpoint } = controlled;
    const reply: ControlReply = {
      terminal,
      action,
      changed,
      power: power.isOn ? 'on' : 'off',
      line: endpoint.isPlugged ? 'plugged' : 'unplugged',
    };
    return { ok: true, ...reply };
  } catch (error) {
    if (!(error instanceof OctobindError)) throw error;
    const { code } = error;
    return { ok: false, error: { code, message: error.message.slice(0, -` (${code})`.length) } };
  }
}

/** Each returns whether anything changed. */
const ACT: Record<ControlAction, (on: Controlled, bytes: number | undefined) => boolean | Promise<boolean>> = {
  'power-cut': (on, bytes) => {
    if (bytes !== undefined) on.power.cutInWrite(bytes);
    else if (on.power.isOn) switchOn(on, () => on.power.cut());
    else return false;
    return true;
  },
  'power-off': ({ power }) => {
    const wasOn = power.isOn;
    power.off();
    return wasOn;
  },
  'power-on': (on) => {
    const wasOn = on.power.isOn;
    switchOn(on, () => on.power.on());
    return !wasOn;
  },
  unplug: async ({ endpoint }) => {
    const wasPlugged = endpoint.isPlugged;
    await endpoint.unplug();
    return wasPlugged;
  },
  plug: async ({ endpoint }) => {
    const wasPlugged = endpoint.isPlugged;
    await endpoint.replug();
    return !wasPlugged;
  },
  tamper: ({ terminal, power }) => {
    const stage = new Uint8Array(1);
    terminal.keys.register(Register.Tamper, stage);
    power.tamper();
    return stage[0] === 0;
  },
};

function switchOn({ name, power }: Controlled, action: () => void): void {
  action();
  if (!power.isOn) throw new OctobindError('FIRMWARE', `${name} is off: its firmware trapped while it started.`);
}
