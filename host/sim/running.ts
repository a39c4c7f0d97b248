import { ftruncateSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { OctobindError, reasonOf } from '../error.js';
import { makeFolder } from '../folder.js';
import { isElsewhere, isOurs, linkFile, ptsOf, readRun, type Run, runFile } from '../link/node/run-file.js';
import { isLocked, lockFile } from '../lock.js';

/** An emulated terminal that runs. */
export interface RunningTerminal {
  readonly name: string;
  readonly serial: string;
  /** As `linkFromAddress` takes it; a path is absolute. */
  readonly port: string;
  /** Number of its process, in the container that it runs in. */
  readonly pid: number;
}

/** The name of a terminal in a folder, which no other process may use. */
export interface HeldName {
  /** Lets other processes find the terminal at its port. */
  announce(serial: string, port: string): void;
  release(): void;
}

/**
 * Takes a terminal's name in a folder, and with it its flash image. Removes what a process left
 * that was killed. Codes: `IMAGE_IN_USE` if another process has the name, `USAGE`, `UNSUPPORTED`.
 */
export async function holdName(dir: string, name: string): Promise<HeldName> {
  makeFolder(dir);
  const path = runFile(dir, name);
  const lock = await lockFile(path);
  if (!lock) {
    const pid = readRun(path)?.pid;
    const where = pid === undefined ? '' : `, in process ${pid}`;
    throw new OctobindError('IMAGE_IN_USE', `${name} in ${dir} is already running${where}.`, {
      subject: 'started terminal',
    });
  }
  const link = linkFile(dir, name);
  try {
    rmSync(link, { force: true });
  } catch (cause) {
    lock.release();
    const reason = reasonOf({ code: (cause as NodeJS.ErrnoException).code?.replace('ERR_FS_', '') });
    throw new OctobindError('USAGE', `The link ${link} cannot be removed: ${reason}.`, { cause });
  }
  const write = (text: string): void => {
    writeSync(lock.fd, text, 0);
    ftruncateSync(lock.fd, Buffer.byteLength(text));
  };
  write(JSON.stringify({ pid: process.pid }));
  return {
    announce(serial, port) {
      // A folder may have another path in another container.
      const isLink = resolve(port) === resolve(link);
      const run: Run = { pid: process.pid, name, serial, port: isLink ? basename(port) : port, pts: ptsOf(port) };
      write(JSON.stringify(run));
    },
    release: () => lock.release(),
  };
}

/**
 * The emulated terminals that run under a folder, sorted by name. Code: `USAGE` if a symbolic
 * link, a FIFO, a device or a folder is in the place of a terminal's file.
 */
// eslint-disable-next-line @typescript-eslint/require-await -- public, and what it asks may take time one day
export async function runningTerminals(dir: string): Promise<RunningTerminal[]> {
  const found = runFilesIn(dir).flatMap((path): RunningTerminal[] => {
    const run = readRun(path);
    if (!run || !isLocked(path)) return [];
    const { name, serial, pid } = run;
    const port = run.port.includes('://') ? run.port : resolve(dir, run.port);
    return isElsewhere(run, port) ? [] : [{ name, serial, port, pid }];
  });
  return found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Removes what processes left in a folder that were killed. Code: as for `runningTerminals`. */
export async function sweep(dir: string): Promise<void> {
  for (const path of runFilesIn(dir)) {
    const lock = !isOurs(path) || isLocked(path) ? undefined : await lockFile(path);
    if (!lock) continue;
    for (const left of ['.tty', '.ctl']) rmSync(path.replace(/\.run$/, left), { force: true });
    lock.release();
  }
}

function runFilesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.run'))
      .map((name) => join(dir, name));
  } catch {
    return [];
  }
}
