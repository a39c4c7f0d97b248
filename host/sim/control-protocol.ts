import { relative } from 'node:path';
import { z } from 'zod';
import { OctobindError } from '../error.js';

// Programs act on an emulated terminal through a Unix socket in its folder: docs/TESTING.md. Both
// ends speak lines of JSON.

/** What a program can do to a terminal. */
export const ACTIONS = ['power-cut', 'power-off', 'power-on', 'unplug', 'plug', 'tamper'] as const;
/** What a program can do to a terminal. */
export type ControlAction = (typeof ACTIONS)[number];

const requestSchema = z.strictObject({ action: z.enum(ACTIONS), bytes: z.int().min(0).optional() });
/**
 * An action on a terminal. With `bytes`, `power-cut` waits for the next program or erase of flash,
 * and comes after its first bytes.
 */
export type ControlRequest = z.infer<typeof requestSchema>;

/** What an action did, and what the terminal is like now. Later releases may add fields. */
const replySchema = z.object({
  terminal: z.string(),
  action: z.enum(ACTIONS),
  /** False if it was so before. */
  changed: z.boolean(),
  power: z.enum(['on', 'off']),
  line: z.enum(['plugged', 'unplugged']),
});
/** What an action did, and what the terminal is like now. */
export type ControlReply = z.infer<typeof replySchema>;

const failureSchema = z.object({
  ok: z.literal(false),
  error: z.object({ code: z.enum(['FIRMWARE', 'UNSUPPORTED', 'USAGE']), message: z.string() }),
});

/** Reads a line that a program sent. Code: `USAGE`. */
export function readRequest(line: string): ControlRequest {
  const content = parsed(line);
  const { data } = requestSchema.safeParse(content);
  if (data && (data.bytes === undefined || data.action === 'power-cut')) return data;
  const action = (content as { action?: unknown } | null | undefined)?.action;
  throw new OctobindError(
    'USAGE',
    ACTIONS.some((known) => known === action)
      ? 'A request has an action alone; with power-cut, it may have bytes, a whole number from 0.'
      : `A request is one line of JSON, as {"action":"power-off"}. The actions are ${ACTIONS.join(', ')}.`,
  );
}

/** Reads a line that a terminal sent. Codes: what the terminal said; `PROTOCOL`. */
export function readReply(line: string): ControlReply {
  const content = parsed(line);
  const failure = failureSchema.safeParse(content).data;
  if (failure) throw new OctobindError(failure.error.code, failure.error.message);
  const { data } = replySchema.safeParse(content);
  if (data) return data;
  throw new OctobindError('PROTOCOL', 'The process of the terminal is of another release. Start it again.');
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** More is no request: whoever sends it would fill the memory. */
const LONGEST_LINE = 65_536;

/** Divides text into lines. Throws if one is too long. */
export async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length > LONGEST_LINE) throw new RangeError('the line is too long');
  }
  if (rest !== '') yield rest;
}

/** Bytes of a socket's path without the zero at its end: `sun_path` of unix(7); 104 on macOS. */
const MOST_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * The path by which a socket can be opened: libuv cuts off the end of one that is too long. Code:
 * `USAGE` if it is too long from here too.
 */
export function socketPath(path: string): string {
  const [shortest = path] = [path, relative(process.cwd(), path)].sort((a, b) => sizeOf(a) - sizeOf(b));
  if (sizeOf(shortest) <= MOST_BYTES) return shortest;
  throw new OctobindError(
    'USAGE',
    `The path ${path} is too long for a socket: it may have ${MOST_BYTES} bytes. Use a folder with a shorter path, or start in it.`,
  );
}

const sizeOf = (path: string): number => Buffer.byteLength(path);
