import { once } from 'node:events';
import { connect } from 'node:net';
import { OctobindError, reasonOf } from '../error.js';
import { controlFile } from '../link/node/run-file.js';
import { type ControlReply, type ControlRequest, linesOf, readReply, socketPath } from './control-protocol.js';
import { runningTerminals } from './running.js';

/** An action takes a few milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Acts on an emulated terminal that another process runs, by its name or its serial number in a
 * folder. Codes: `NO_TERMINAL`, `UNSUPPORTED` if it has no socket, `LINK_TIMEOUT`, `LINK_FAILED`,
 * `USAGE`, `FIRMWARE` if it trapped when it was switched on, `PROTOCOL`, `ABORTED`.
 */
export async function controlTerminal(
  dir: string,
  terminal: string,
  request: ControlRequest,
  signal?: AbortSignal,
): Promise<ControlReply> {
  const running = await runningTerminals(dir);
  const found = running.find(({ name, serial }) => name === terminal || serial === terminal);
  if (!found) {
    const known = running.length === 0 ? 'There is none.' : `There are: ${running.map(({ name }) => name).join(', ')}.`;
    throw new OctobindError('NO_TERMINAL', `No terminal ${terminal} is emulated under ${dir}. ${known}`);
  }
  return readReply(await ask(controlFile(dir, found.name), found.name, JSON.stringify(request), signal));
}

/** Sends a line, and returns the one that comes back. */
async function ask(path: string, name: string, line: string, signal?: AbortSignal): Promise<string> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const socket = connect(socketPath(path));
  const giveUp = (): void => void socket.destroy(new Error('given up'));
  const ends = signal ? [signal, patience] : [patience];
  ends.forEach((end) => end.addEventListener('abort', giveUp, { once: true }));
  try {
    await once(socket, 'connect');
    socket.end(`${line}\n`);
    for await (const reply of linesOf(socket.setEncoding('utf8'))) return reply;
    throw new OctobindError('LINK_FAILED', `${name} ended without a reply. Look at what its process says.`);
  } catch (cause) {
    if (signal?.aborted) throw new OctobindError('ABORTED', 'Interrupted.', { cause });
    if (patience.aborted) {
      const message = `The process of ${name} did not reply within ${PATIENCE_MS / 1000} s. Is it stopped?`;
      throw new OctobindError('LINK_TIMEOUT', message, { cause });
    }
    if (cause instanceof OctobindError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new OctobindError(
        'UNSUPPORTED',
        `${name} has no socket ${path}: it is a board, or its process said why when it started.`,
        { cause },
      );
    }
    throw new OctobindError('LINK_FAILED', `The socket ${path} cannot be used: ${reasonOf(cause)}.`, { cause });
  } finally {
    ends.forEach((end) => end.removeEventListener('abort', giveUp));
    socket.destroy();
  }
}
