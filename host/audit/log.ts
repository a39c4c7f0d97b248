import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, readFileSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOpenToOthers, openToOthers, unreadable } from '../secret-file.js';
import { OctobindError, reasonOf } from '../error.js';
import { makeFolder } from '../folder.js';
import { openAlone } from '../lock.js';
import { openPrivate } from '../private-file.js';
import { syncFolder, writeAll } from '../whole-file.js';
import { type Chain, type Entry, entryOf, linesOf, readChain, sealOf, sha256 } from './chain.js';

const { O_RDWR, O_RDONLY, O_APPEND, O_CREAT } = constants;
/** Other programs hold the lock for one write each, so this is long. */
const LOCK_MS = 30_000;
/** Longer than most entries, so that one read finds the last one. */
const TAIL_BYTES = 8192;

/** An entry before it is in the chain. */
export type AuditEvent = Omit<Entry, 'previous'> & { readonly event: string };

interface Waiting {
  readonly event: AuditEvent;
  resolve: (hash: string) => void;
  reject: (error: unknown) => void;
}

/**
 * A log of JSON lines, in which each line holds the SHA-256 of the line before it. The file has
 * mode 0600. Processes take turns by a lock.
 */
export class AuditLog {
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(readonly path: string) {}

  /**
   * Appends an entry, which is on the disk when this resolves. Returns the SHA-256 of its line.
   * Entries that come while others are written share one lock and one write. Code: `AUDIT_LOG`.
   */
  append(event: AuditEvent): Promise<string> {
    const written = new Promise<string>((resolve, reject) => this.#waiting.push({ event, resolve, reject }));
    if (!this.#isWriting) void this.#writeAll();
    return written;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      // What else is ready in this turn of the event loop comes along.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const hashes = await this.#write(batch.map(({ event }) => event));
        for (const [index, { resolve }] of batch.entries()) resolve(hashes[index] ?? '');
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isWriting = false;
  }

  async #write(events: readonly AuditEvent[]): Promise<string[]> {
    let fd: number | undefined;
    try {
      makeFolder(dirname(this.path));
      fd = await openAlone(
        this.path,
        (flags) => openPrivate(this.path, O_RDWR | O_APPEND | O_CREAT | flags, 'AUDIT_LOG'),
        LOCK_MS,
      );
      if (fd === undefined) throw Object.assign(new Error('locked'), { code: 'another program holds its lock' });
      return append(fd, this.path, events);
    } catch (cause) {
      if (cause instanceof OctobindError && cause.code === 'AUDIT_LOG') throw cause;
      const reason = cause instanceof OctobindError ? cause.message.replace(` (${cause.code})`, '') : reasonOf(cause);
      throw new OctobindError(
        'AUDIT_LOG',
        `The audit log ${this.path} cannot be written: ${reason.replace(/\.$/, '')}. No terminal is changed without it.`,
        { cause },
      );
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}

/** Reads a log and walks its chain. Code: `AUDIT_LOG` if it cannot be read. */
export function readAuditLog(path: string): Chain {
  let fd: number | undefined;
  try {
    fd = openPrivate(path, O_RDONLY, 'AUDIT_LOG');
    return readChain(readFileSync(fd));
  } catch (cause) {
    throw unreadable('AUDIT_LOG', path, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function append(fd: number, path: string, events: readonly AuditEvent[]): string[] {
  const { size, mode } = fstatSync(fd);
  // A umask can only take bits away, but it may take the owner's.
  if (size === 0) fchmodSync(fd, 0o600);
  else if (isOpenToOthers(mode)) throw openToOthers('AUDIT_LOG', path, mode);
  const { last, torn, isEnded } = endOf(fd, size);
  const seal: AuditEvent[] =
    torn.length > 0 ? [{ event: 'torn', time: new Date().toISOString(), torn: sealOf(torn) }] : [];
  const hashes: string[] = [];
  let previous = last === undefined ? null : sha256(last);
  const lines = [...seal, ...events].map((event) => {
    const line = JSON.stringify({ ...event, previous });
    previous = sha256(Buffer.from(line));
    hashes.push(previous);
    return `${line}\n`;
  });
  writeAll(fd, Buffer.from(`${isEnded ? '' : '\n'}${lines.join('')}`));
  fsyncSync(fd);
  if (size === 0) syncFolder(dirname(path));
  return hashes.slice(seal.length);
}

/** The last entry of a file, and the lines after it, which a crash tore. */
function endOf(fd: number, size: number): { last?: Buffer; torn: Buffer[]; isEnded: boolean } {
  for (let length = Math.min(TAIL_BYTES, size); ; length = Math.min(length * 4, size)) {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length;) {
      const count = readSync(fd, bytes, done, length - done, size - length + done);
      if (count === 0) throw Object.assign(new Error('short read'), { code: 'EIO' });
      done += count;
    }
    const lines = linesOf(bytes);
    // The first line may begin before these bytes.
    const at = lines.findLastIndex((line, index) => (index > 0 || length === size) && entryOf(line) !== undefined);
    if (at < 0 && length < size) continue;
    const last = lines[at];
    return { ...(last && { last }), torn: lines.slice(at + 1), isEnded: size === 0 || bytes.at(-1) === 0x0a };
  }
}
