import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';

/**
 * Creates a file that is whole or not there at all, of mode 0600, and durable when this returns.
 * Throws what the file system says: `EEXIST` if there is such a file, `ENOSPC` on a full disk.
 */
export function createWhole(path: string, bytes: Uint8Array): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    write(draft, bytes);
    try {
      linkSync(draft, path);
    } catch (error) {
      // FAT has no hard links.
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
      if (existsSync(path)) throw Object.assign(new Error(`EEXIST: ${path} exists`), { code: 'EEXIST', cause: error });
      renameSync(draft, path);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dirname(path));
}

/** As `createWhole`, but in the place of a file that may be there. */
export function replaceWhole(path: string, bytes: Uint8Array): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    write(draft, bytes);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dirname(path));
}

/**
 * Writes all bytes at a place of a file. Throws what the file system says, `ENOSPC` if it says
 * nothing.
 */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.length;) {
    const at = position === null ? null : position + done;
    // The kernel writes less than it was given if the disk is full; the next write then says why.
    const count = writeSync(fd, bytes, done, bytes.length - done, at);
    if (count === 0) throw Object.assign(new Error('ENOSPC: nothing was written'), { code: 'ENOSPC' });
    done += count;
  }
}

function write(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeAll(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The name of a file is durable once its folder is. Not every system can open a folder. */
export function syncFolder(path: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    fsyncSync(fd);
  } catch {
    // Then the system does it in its own time.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
