import { closeSync, constants, fstatSync, readFile } from 'node:fs';
import { promisify } from 'node:util';
import { OctobindError, type ErrorCode, type Subject } from './error.js';
import { openPrivate } from './private-file.js';

/** The error for a file that cannot be read: `cause` itself if that is one of this package. */
export function unreadable(code: ErrorCode, path: string, cause: unknown): OctobindError {
  if (cause instanceof OctobindError) return cause;
  const reason = (cause as NodeJS.ErrnoException).code;
  const hint =
    reason === 'ENOENT'
      ? 'does not exist. Check the path'
      : reason === 'EACCES' || reason === 'EPERM'
        ? 'cannot be read: this user has no permission. Check its owner and mode'
        : `cannot be read: ${reason ?? 'unknown reason'}`;
  return new OctobindError(code, `The file ${path} ${hint}.`, { cause });
}

/**
 * Reads a file that only its owner may access (mode 0600). Fails with `code`. `what` and `subject`
 * say what is missing if there is no such file.
 */
export async function readSecret(code: ErrorCode, path: string, what: string, subject?: Subject): Promise<string> {
  const { text, mode } = await readWithMode(code, path, what, subject);
  if (isOpenToOthers(mode)) throw openToOthers(code, path, mode);
  return text;
}

/**
 * Reads mode and text through one descriptor, so that nobody can swap the file in between. Refuses
 * what is not a regular file.
 */
export async function readWithMode(
  code: ErrorCode,
  path: string,
  what?: string,
  subject?: Subject,
): Promise<{ text: string; mode: number }> {
  let fd: number | undefined;
  try {
    fd = openPrivate(path, constants.O_RDONLY, code);
    return { mode: fstatSync(fd).mode, text: await promisify(readFile)(fd, 'utf8') };
  } catch (cause) {
    if (what !== undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new OctobindError(code, `There is no file ${path}, ${what}.`, { subject, cause });
    }
    throw unreadable(code, path, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Whether users other than the owner may access the file. Windows has no such bits: false there.
 */
export function isOpenToOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

/** The error for a file with secrets that other users may access. */
export function openToOthers(code: ErrorCode, path: string, mode: number): OctobindError {
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  return new OctobindError(
    code,
    `The file ${path} holds secrets, but its mode (${octal}) gives other users access. Run \`chmod 600 ${path}\`.`,
  );
}
