import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { OctobindError } from '../error.js';

/** A trace in a new file of mode 0600, written line by line: what crossed before a kill is in it. Code: `TRACE_EXISTS`. */
export class TraceFile {
  readonly #fd: number;
  #isEmpty = true;

  constructor(private readonly path: string) {
    try {
      this.#fd = openSync(path, 'wx', 0o600);
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code;
      throw reason === 'EEXIST'
        ? new OctobindError('TRACE_EXISTS', `The file ${path} exists. Move it away, or give another name.`, { cause })
        : new OctobindError('USAGE', `The file ${path} cannot be made: ${reason ?? 'unknown reason'}.`, { cause });
    }
  }

  readonly observe = (line: string): void => {
    this.#isEmpty = false;
    writeSync(this.#fd, `${line}\n`, null, 'latin1');
  };

  close(): void {
    closeSync(this.#fd);
    // Whoever was to be recorded never started.
    if (this.#isEmpty) rmSync(this.path, { force: true });
  }
}
