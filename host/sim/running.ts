import { linkSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../folder.js';
import { OctobindError } from '../error.js';

// A running terminal has a file NAME.run beside its flash image. The file locks that image, and
// other processes find the terminal by it.

const runSchema = z.object({ pid: z.int(), name: z.string(), serial: z.string(), port: z.string() });
/**
 * An emulated terminal that runs: its process, its name, its serial number, and its port as
 * `linkFromAddress` takes it.
 */
export type RunningTerminal = z.infer<typeof runSchema>;

function runFile(dir: string, name: string): string {
  return join(dir, `${name}.run`);
}

/**
 * Files that this process made. The process number alone does not tell: the first process of
 * every container has the same one.
 */
const own = new Set<string>();

function isAlive(pid: number, path: string): boolean {
  if (pid === process.pid) return own.has(resolve(path));
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readRun(path: string): RunningTerminal | undefined {
  try {
    const run = runSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return run.success && isAlive(run.data.pid, path) ? run.data : undefined;
  } catch {
    return undefined;
  }
}

/** Locks a terminal's flash image for this process. Code: `IMAGE_IN_USE` if it is locked. */
export function acquireLock(dir: string, run: Omit<RunningTerminal, 'pid'>): void {
  makeFolder(dir);
  const path = runFile(dir, run.name);
  const draft = `${path}.${process.pid}`;
  for (;;) {
    try {
      // Link the file only when it is complete. Another process would take an incomplete one for
      // that of a dead process.
      writeFileSync(draft, JSON.stringify({ pid: process.pid, ...run }), { mode: 0o600 });
      linkSync(draft, path);
      own.add(resolve(path));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const other = readRun(path);
      if (other) {
        throw new OctobindError('IMAGE_IN_USE', `${run.name} in ${dir} is already running, in process ${other.pid}.`, {
          subject: 'started terminal',
        });
      }
      rmSync(path, { force: true }); // left by a process that was killed
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

/** Releases the lock of `acquireLock`. */
export function releaseLock(dir: string, name: string): void {
  const path = runFile(dir, name);
  rmSync(path, { force: true });
  own.delete(resolve(path));
}

/** The emulated terminals that run under a folder, sorted by name. */
export function runningTerminals(dir: string): Promise<RunningTerminal[]> {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    names = [];
  }
  const found = names.filter((name) => name.endsWith('.run')).flatMap((name) => readRun(join(dir, name)) ?? []);
  return Promise.resolve(found.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })));
}
