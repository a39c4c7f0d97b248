import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { type ErrorCode, OctobindError } from './error.js';

// Windows has neither flag, and no FIFO among its files.
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants as Partial<typeof constants>;

/**
 * Opens a file of this program, with mode 0600 if it is created, and returns its descriptor.
 * `flags` are those of open(2). Fails with `code` if a symbolic link, a FIFO, a device or a
 * folder is in its place: whoever put it there would choose what is read or overwritten. Other
 * errors are Node's.
 */
export function openPrivate(path: string, flags: number, code: ErrorCode): number {
  let fd: number;
  try {
    // Without O_NONBLOCK, the open of a FIFO waits for its other end.
    fd = openSync(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o600);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? '';
    throw ['ELOOP', 'EMLINK', 'ENXIO', 'EISDIR'].includes(reason) ? notAFile(path, code, cause) : cause;
  }
  try {
    if (fstatSync(fd).isFile()) return fd;
  } catch (cause) {
    closeSync(fd);
    throw cause;
  }
  closeSync(fd);
  throw notAFile(path, code);
}

/** The error for what `openPrivate` refuses. */
export function notAFile(path: string, code: ErrorCode, cause?: unknown): OctobindError {
  return new OctobindError(
    code,
    `${path} must be a regular file, but it is a symbolic link, a pipe, a device or a folder. Put the file itself there, or remove it.`,
    { cause },
  );
}
