import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, lstatSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { OctobindError, reasonOf } from './error.js';
import { openPrivate } from './private-file.js';

// A lock that the kernel releases when its process dies, and that all containers on one volume
// see. Node has no call for it. But a lock of flock(2) belongs to the open file, which a child
// shares: the program `flock` locks it and ends, and this process keeps the lock. macOS and
// Windows lock a file as they open it.

const { O_RDONLY, O_RDWR, O_CREAT, O_NONBLOCK } = constants;
type Mode = 'exclusive' | 'shared';
/**
 * Flags that lock a file as it opens, which Node does not name: `O_EXLOCK` and `O_SHLOCK` of macOS
 * (open(2)), and libuv's `UV_FS_O_EXLOCK` on Windows, which has no shared one.
 */
const LOCKING: Partial<Record<NodeJS.Platform, Record<Mode, number>>> = {
  darwin: { exclusive: 0x20 | O_NONBLOCK, shared: 0x10 | O_NONBLOCK },
  win32: { exclusive: 0x1000_0000, shared: 0x1000_0000 },
};
/** What an open with such a flag says if the file is locked: macOS, then Windows. */
const LOCKED: readonly unknown[] = ['EAGAIN', 'EBUSY'];

/** Exit status of `flock` if another open file has the lock. */
const HELD = 1;
/** Who only asks whether a file is locked locks it for a moment. */
const TRIES = 10;
const RETRY_MS = 20;

/** A lock that this process holds. */
export interface Lock {
  /** Of the locked file, open for reading and writing. */
  readonly fd: number;
  /** Removes the file, and gives the lock up. */
  release(): void;
}

/**
 * Creates a file of mode 0600, unless it exists, and locks it. Undefined if another process, or
 * this one, has the lock. Codes: `USAGE` if the file cannot be created or is no regular file,
 * `UNSUPPORTED` if nothing can lock it.
 */
export async function lockFile(path: string): Promise<Lock | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (tries > 0) await sleep(RETRY_MS);
    const fd = openLocked(path, 'exclusive', O_RDWR | O_CREAT);
    if (fd === undefined) continue;
    // The last owner may have removed the file after it was opened here: then it is another one.
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino) {
      return {
        fd,
        release() {
          rmSync(path, { force: true });
          closeSync(fd);
        },
      };
    }
    closeSync(fd);
  }
  return undefined;
}

/** Whether a process holds the lock of a file. Codes: as for `lockFile`. */
export function isLocked(path: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })) return false;
  const fd = openLocked(path, 'shared', O_RDONLY);
  if (fd !== undefined) closeSync(fd);
  return fd === undefined;
}

/**
 * Opens a file by `open`, which gets flags to add to its own, and locks it until its descriptor is
 * closed. Waits while another one has the lock, but no longer than `waitMs` milliseconds: then
 * undefined. Codes: `UNSUPPORTED`, and whatever `open` throws.
 */
export async function openAlone(
  path: string,
  open: (flags: number) => number,
  waitMs: number,
): Promise<number | undefined> {
  for (const end = performance.now() + waitMs; ;) {
    const fd = locked(path, 'exclusive', open);
    if (fd !== undefined || performance.now() > end) return fd;
    await sleep(RETRY_MS);
  }
}

function openLocked(path: string, mode: Mode, flags: number): number | undefined {
  return locked(path, mode, (own) => {
    try {
      return openPrivate(path, flags | own, 'USAGE');
    } catch (cause) {
      if (isHeld(cause) || cause instanceof OctobindError) throw cause;
      throw new OctobindError('USAGE', `The lock file ${path} cannot be opened: ${reasonOf(cause)}.`, { cause });
    }
  });
}

const isHeld = (cause: unknown): boolean =>
  LOCKING[process.platform] !== undefined && LOCKED.includes((cause as NodeJS.ErrnoException).code);

function locked(path: string, mode: Mode, open: (flags: number) => number): number | undefined {
  const own = LOCKING[process.platform]?.[mode];
  let fd: number;
  try {
    fd = open(own ?? 0);
  } catch (cause) {
    if (isHeld(cause)) return undefined;
    throw cause;
  }
  if (own !== undefined) return fd;
  const { status, stderr, error } = spawnSync('flock', [mode === 'shared' ? '-sn' : '-xn', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (status === 0) return fd;
  closeSync(fd);
  if (status === HELD && stderr === '') return undefined;
  if (error && (error as NodeJS.ErrnoException).code !== 'ENOENT') {
    throw new OctobindError('USAGE', `The file ${path} cannot be locked: ${reasonOf(error)}.`, { cause: error });
  }
  throw new OctobindError(
    'UNSUPPORTED',
    error
      ? noLocks(path)
      : `The file ${path} cannot be locked: ${stderr.trim()}. Use a folder on a file system that has locks.`,
    { cause: error },
  );
}

/** On other systems, it may not be possible to install the program. */
const noLocks = (path: string): string =>
  process.platform === 'linux'
    ? `The file ${path} cannot be locked, because the program \`flock\` is missing. Install util-linux or BusyBox.`
    : `Nothing on this system (${process.platform}) can lock the file ${path}: it has no program \`flock\`. Use Linux, macOS or Windows, or emulate the terminal inside of your program, without files.`;
