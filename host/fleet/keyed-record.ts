import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { isOpenToOthers, openToOthers, unreadable } from '../secret-file.js';
import { OctobindError, reasonOf } from '../error.js';
import { openPrivate } from '../private-file.js';

const NAME = 'keyed.jsonl';
const { O_RDWR, O_APPEND, O_CREAT } = constants;

const entrySchema = z.object({ serial: z.string(), event: z.enum(['in clear', 'proven']), at: z.iso.datetime() });

/**
 * `in clear`: the key was about to be sent in clear. `proven`: the terminal proved it in a
 * session.
 */
export type KeyedEvent = z.infer<typeof entrySchema>['event'];

/**
 * Records which terminals have had a key, in a file beside the master key. Each event is one JSON
 * line, and lines are only added. Everything is synchronous, so that no other load of this
 * process runs between a read and the entry that follows it.
 */
export class KeyedRecord {
  readonly #path: string;
  readonly #fd: number;

  /**
   * Opens or creates the record of a folder. Code: `KEY_RECORD` if it cannot be read, or other
   * users may access it, or it is no regular file.
   */
  constructor(dir: string) {
    this.#path = join(dir, NAME);
    try {
      this.#fd = openPrivate(this.#path, O_RDWR | O_APPEND | O_CREAT, 'KEY_RECORD');
    } catch (cause) {
      throw unreadable('KEY_RECORD', this.#path, cause);
    }
    try {
      const { mode, size } = fstatSync(this.#fd);
      if (isOpenToOthers(mode)) throw openToOthers('KEY_RECORD', this.#path, mode);
      if (size === 0) syncFolder(dir);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** When this terminal was last sent a key or proved one, as an ISO date. Undefined if never. */
  lastKeyed(serial: string): string | undefined {
    const quoted = JSON.stringify(serial);
    return this.#lines()
      .filter((line) => line.includes(quoted))
      .flatMap((line) => this.#parse(line) ?? [])
      .findLast((entry) => entry.serial === serial)?.at;
  }

  /** Adds an entry, which is on the disk when this returns. Code: `KEY_RECORD`. */
  add(serial: string, event: KeyedEvent): void {
    const entry = JSON.stringify({ serial, event, at: new Date().toISOString() });
    // The line end comes first, because a power cut may have torn the last line, and the entry
    // must not continue it. In append mode, one write is not mixed with a write of another
    // process.
    const line = Buffer.from(`\n${entry}`);
    try {
      if (writeSync(this.#fd, line) !== line.length) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
      fsyncSync(this.#fd);
    } catch (cause) {
      throw new OctobindError(
        'KEY_RECORD',
        `The file ${this.#path} cannot be written: ${reasonOf(cause)}. Without it, no key is sent in clear.`,
        { cause },
      );
    }
  }

  /** Closes the file. The record cannot be used afterwards. */
  close(): void {
    closeSync(this.#fd);
  }

  #lines(): string[] {
    try {
      const bytes = Buffer.alloc(fstatSync(this.#fd).size);
      const length = readSync(this.#fd, bytes, 0, bytes.length, 0);
      return bytes.toString('utf8', 0, length).split('\n');
    } catch (cause) {
      throw unreadable('KEY_RECORD', this.#path, cause);
    }
  }

  /** Undefined if the line is torn. Then its `add` never returned, so no key was sent. */
  #parse(line: string): z.infer<typeof entrySchema> | undefined {
    let content: unknown;
    try {
      content = JSON.parse(line);
    } catch {
      return undefined;
    }
    const entry = entrySchema.safeParse(content);
    if (entry.success) return entry.data;
    throw new OctobindError(
      'KEY_RECORD',
      `The file ${this.#path} has a line that is not an entry. Restore the file from a backup.`,
    );
  }
}

/** Writes a folder to the disk, with the name of a new file in it. Windows has no such call. */
function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
