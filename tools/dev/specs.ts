// Compiles tests of the firmware: in `npm run dev` if it runs, as its compiler is loaded; else
// here.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Where `npm run dev` listens. A relative path, because the path of a socket must be short. */
export const SOCKET = 'build/dev.sock';

/** The library that as-pect compiles into each test. */
const LIBRARY = './node_modules/@as-pect/assembly/assembly/index.ts';

/** Compiles a test in this process. Throws the compiler's messages. */
export async function compileSpec(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { main } = await import('./asc.js');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await main([path, LIBRARY, '--config', 'as-pect.asconfig.json'], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm') && typeof contents !== 'string') binary = contents;
    },
  });
  if (error || !binary) throw new Error(stderr.toString());
  return new Uint8Array(binary);
}

/** The reply on the socket, as JSON, to a line with a path. The module is in base64. */
export type Reply = { readonly wasm: string } | { readonly error: string };

/** Returns a compiled test. Throws the compiler's messages. */
export async function compiledSpec(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const socket = await connected();
  if (!socket) return compileSpec(path);
  socket.write(`${path}\n`);
  let text = '';
  for await (const piece of socket.setEncoding('utf8')) text += String(piece);
  const reply = JSON.parse(text) as Reply;
  if ('error' in reply) throw new Error(reply.error);
  return Uint8Array.from(Buffer.from(reply.wasm, 'base64'));
}

async function connected(): Promise<Socket | undefined> {
  const socket = connect(SOCKET);
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return undefined;
  }
}
