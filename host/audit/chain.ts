import { createHash } from 'node:crypto';

// The format of the audit log: docs/SECURITY.md, "The audit log". Everything works on bytes, since
// a torn line may end inside a character.

const LINE_FEED = 0x0a;

/** A line of the log. Each event adds fields of its own. */
export interface Entry {
  readonly event: string;
  /** SHA-256 of the entry before it. Null in the first one. */
  readonly previous: string | null;
  readonly [field: string]: unknown;
}

/** An entry, where it is, and the SHA-256 of its line. */
export interface ChainLink {
  readonly line: number;
  readonly entry: Entry;
  readonly hash: string;
}

/** What was found in a log. */
export interface Chain {
  /** Every entry that can be read, also behind a break. */
  readonly links: readonly ChainLink[];
  /** The first line that does not continue the chain. */
  readonly broken?: { readonly line: number; readonly problem: string };
  /** The first line of what a crash left at the end. The next append seals it. */
  readonly torn?: number;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The entry of a line; undefined if it is none, as what a crash left of one. */
export function entryOf(line: Buffer): Entry | undefined {
  try {
    const content: unknown = JSON.parse(line.toString('utf8'));
    if (typeof content !== 'object' || content === null) return undefined;
    const { event, previous } = content as Record<string, unknown>;
    const isEntry = typeof event === 'string' && (previous === null || typeof previous === 'string');
    return isEntry ? (content as Entry) : undefined;
  } catch {
    return undefined;
  }
}

/** Lines without their line feeds. The end of the last line may be missing. */
export function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(LINE_FEED, from);
    lines.push(bytes.subarray(from, end < 0 ? bytes.length : end));
    from = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

/** What the entry that seals torn lines says of them: the SHA-256 of all, line feeds between. */
export const sealOf = (torn: readonly Buffer[]): string =>
  sha256(Buffer.concat(torn.flatMap((line, at) => (at === 0 ? [line] : [Buffer.of(LINE_FEED), line]))));

/** Walks the chain of a log. */
export function readChain(bytes: Buffer): Chain {
  const links: ChainLink[] = [];
  let broken: Chain['broken'];
  let torn: Buffer[] = [];
  const lines = linesOf(bytes);
  for (const [index, line] of lines.entries()) {
    const entry = entryOf(line);
    if (!entry) {
      torn.push(line);
      continue;
    }
    broken ??= problemAt(index + 1, entry, links.at(-1), torn);
    torn = [];
    links.push({ line: index + 1, entry, hash: sha256(line) });
  }
  return { links, ...(broken && { broken }), ...(torn.length > 0 && { torn: lines.length - torn.length + 1 }) };
}

function problemAt(
  line: number,
  { event, previous, torn: sealed }: Entry,
  before: ChainLink | undefined,
  torn: readonly Buffer[],
): Chain['broken'] {
  const isSealed = event === 'torn' && sealed === sealOf(torn);
  if (torn.length > 0 && !isSealed) {
    return { line: line - torn.length, problem: 'it is no entry, and nothing says that a crash tore it' };
  }
  if (previous === (before?.hash ?? null)) return undefined;
  const problem =
    before === undefined
      ? 'it is not the first entry of a log: entries before it are missing'
      : previous === null
        ? 'it begins a log, but there are entries before it'
        : `it does not continue line ${before.line}: one of the two was changed, or entries between them are missing`;
  return { line, problem };
}
