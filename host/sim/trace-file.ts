import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { unreadable } from '../secret-file.js';
import { OctobindError, reasonOf } from '../error.js';
import { traceLines } from '../trace/script.js';

/**
 * Writes a trace to a new file of mode 0600. Each line is written at once, so that a kill loses
 * none. Codes: `TRACE_EXISTS`, `USAGE` if the file cannot be created.
 */
export class TraceFile {
  /**
   * Rejects with `TRACE_FAILED` if a line cannot be written, for example on a full disk. The
   * lines before it are in the file.
   */
  readonly failed: Promise<never>;
  readonly #fd: number;
  #fail: (error: OctobindError) => void = () => undefined;
  #isEmpty = true;
  #isBroken = false;

  constructor(private readonly path: string) {
    try {
      this.#fd = openSync(path, 'wx', 0o600);
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code;
      throw reason === 'EEXIST'
        ? new OctobindError('TRACE_EXISTS', `The file ${path} exists. Move it away, or choose another name.`, { cause })
        : new OctobindError('USAGE', `The file ${path} cannot be created: ${reason ?? 'unknown reason'}.`, { cause });
    }
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    // It may reject before anybody waits for it.
    this.failed.catch(() => undefined);
  }

  /** Never throws, because it is called from within the firmware. */
  readonly observe = (line: string): void => {
    if (this.#isBroken) return;
    this.#isEmpty = false;
    try {
      const bytes = Buffer.from(`${line}\n`, 'latin1');
      for (let written = 0; written < bytes.length;) written += writeSync(this.#fd, bytes, written);
    } catch (cause) {
      this.#isBroken = true;
      const reason = reasonOf(cause);
      const message = `The trace ${this.path} ends here, because it cannot be written: ${reason}. The lines before can be replayed.`;
      this.#fail(new OctobindError('TRACE_FAILED', message, { cause }));
    }
  };

  /** Closes the file, and removes it if it is empty. */
  close(): void {
    closeSync(this.#fd);
    // The terminal never started.
    if (this.#isEmpty) rmSync(this.path, { force: true });
  }
}

/**
 * Reads a trace's lines. Code: `TRACE_INVALID` if the file cannot be read, is no trace, or is one
 * of another version.
 */
export function readTrace(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch (cause) {
    throw unreadable('TRACE_INVALID', path, cause);
  }
  return traceLines(text, `The file ${path}`);
}
