// Keeps the AssemblyScript compiler loaded. Compiles the debug firmware for `npm run dev`, and
// tests of the firmware for `npm run t`.
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Turns } from '../make/turns.mjs';
import { type Diagnostic, main } from './asc.js';
import { type Request, type Result, serve } from './resident.js';
import { compileSpec, type Reply, SOCKET } from './specs.js';

const ERROR = 3;
const KINDS: Record<number, string> = { 1: 'info', 2: 'warning', [ERROR]: 'error' };

/** The compiler does one thing at a time. */
const turns = new Turns(1);

async function compileFirmware(request: Request): Promise<Result> {
  const found: string[] = [];
  const reportDiagnostic = (diagnostic: Diagnostic): void => {
    found.push(lineOf(diagnostic));
  };
  const { error } = await main(['--target', 'debug'], {
    reportDiagnostic,
    ...(request === 'warm' && { writeFile: () => undefined }),
  });
  // An error without a diagnostic comes from a transform.
  return { done: error === null, lines: error && found.length === 0 ? [error.message] : found };
}

function lineOf({ code, category, message, range }: Diagnostic): string {
  const what = `${KINDS[category] ?? ''} ${code < 1000 ? 'AS' : 'TS'}${code}: ${message}`;
  if (!range) return what;
  const { source, start } = range;
  const lines = readFileSync(source.normalizedPath, 'utf8').slice(0, start).split('\n');
  return `${source.normalizedPath}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1} ${what}`;
}

async function replyTo(path: string): Promise<Reply> {
  try {
    const binary = await turns.take(() => compileSpec(path));
    return { wasm: Buffer.from(binary).toString('base64') };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

const server = createServer((socket) => {
  socket.on('error', () => undefined); // the client has gone
  createInterface({ input: socket }).once('line', (path) => {
    void replyTo(path).then((reply) => socket.end(JSON.stringify(reply)));
  });
});
rmSync(SOCKET, { force: true }); // left by a process that was killed
server.listen(SOCKET);
process.on('exit', () => rmSync(SOCKET, { force: true }));
process.on('SIGTERM', () => process.exit());
serve((request) => turns.take(() => compileFirmware(request)));
