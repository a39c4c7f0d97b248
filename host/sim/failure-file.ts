import { closeSync, constants, readFileSync } from 'node:fs';
import { z } from 'zod';
import { ResetCause } from '../../assembly/protocol.js';
import { unreadable } from '../secret-file.js';
import type { FailureBacking, Failures } from '../emulator/failures.js';
import { OctobindError } from '../error.js';
import { openPrivate } from '../private-file.js';
import { replaceWhole } from '../whole-file.js';

const failuresSchema = z.strictObject({
  failures: z.int().min(1),
  lastFailure: z.enum(ResetCause),
  failedAt: z.int().min(0),
});

/** Keeps how an emulated terminal failed in a file of mode 0600, which appears with a failure. */
export class FailureFile implements FailureBacking {
  constructor(private readonly path: string) {}

  /** Code: `USAGE` if the file cannot be read, or is no such record. */
  read(): Failures | undefined {
    const text = this.#contents();
    if (text === undefined) return undefined;
    const { data } = failuresSchema.safeParse(parsed(text));
    if (data) return data;
    throw new OctobindError(
      'USAGE',
      `The file ${this.path} is no record of failures. Remove it: the terminal then counts from 0.`,
    );
  }

  write(failures: Failures): void {
    replaceWhole(this.path, Buffer.from(`${JSON.stringify(failures)}\n`));
  }

  #contents(): string | undefined {
    let fd: number | undefined;
    try {
      fd = openPrivate(this.path, constants.O_RDONLY, 'USAGE');
      return readFileSync(fd, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw unreadable('USAGE', this.path, error);
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
