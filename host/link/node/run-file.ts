import { closeSync, constants, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { OctobindError } from '../../error.js';
import { isLocked } from '../../lock.js';
import { openPrivate } from '../../private-file.js';

// A running emulated terminal has a file NAME.run in its folder, which its process keeps locked.
// The file says who runs it, and other processes find it by that. Beside it is the link NAME.tty.

const runSchema = z.object({
  pid: z.int(),
  name: z.string(),
  serial: z.string(),
  port: z.string(),
  /**
   * Device number of the file system that the PTY is in. Each container has its own, in which the
   * same path is another PTY.
   */
  pts: z.number().optional(),
});
/** What the file says. A port that is a path counts from the file's folder. */
export type Run = z.infer<typeof runSchema>;

/** The file of a terminal in a folder. */
export const runFile = (dir: string, name: string): string => join(dir, `${name}.run`);

/** The link to the PTY of a terminal in a folder. */
export const linkFile = (dir: string, name: string): string => join(dir, `${name}.tty`);

/** The socket by which programs act on a terminal in a folder. */
export const controlFile = (dir: string, name: string): string => join(dir, `${name}.ctl`);

/**
 * Reads the file of a terminal. Undefined if there is none, or if it is not complete. Code:
 * `USAGE` if something else than a regular file is in its place.
 */
export function readRun(path: string): Run | undefined {
  try {
    return runSchema.safeParse(JSON.parse(contentsOf(path) ?? '')).data;
  } catch (error) {
    if (error instanceof OctobindError) throw error;
    return undefined;
  }
}

/** Whether a process of this program made the file of that name. Code: as for `readRun`. */
export function isOurs(path: string): boolean {
  const text = contentsOf(path);
  return text !== undefined && (text === '' || text.startsWith('{"pid":'));
}

/** Undefined if the file cannot be read. */
function contentsOf(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openPrivate(path, constants.O_RDONLY, 'USAGE');
    return readFileSync(fd, 'utf8');
  } catch (error) {
    if (error instanceof OctobindError) throw error;
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Device number of the file system that a PTY is in, following links. */
export const ptsOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.dev;

/** Whether the PTY at a path is not the one that the process of a terminal opened. */
export function isElsewhere({ pts }: Run, path: string): boolean {
  const here = ptsOf(path);
  return pts !== undefined && here !== undefined && here !== pts;
}

/**
 * Refuses the link of an emulated terminal whose process was killed, or runs in another container:
 * the PTY of that name is somebody else's by now. Codes: `PORT_MISSING`; as for `readRun`.
 */
export function refuseStrangersPty(path: string): void {
  for (let at = path; isLink(at); at = resolve(dirname(at), readlinkSync(at))) {
    const run = at.endsWith('.tty') ? at.replace(/\.tty$/, '.run') : '';
    if (!lstatSync(run, { throwIfNoEntry: false })) continue;
    const isDead = !isLocked(run);
    const said = readRun(run);
    if (!isDead && !(said && isElsewhere(said, path))) continue;
    const why = isDead ? 'the process that emulated it was killed' : 'it is emulated in another container';
    throw new OctobindError('PORT_MISSING', `There is no terminal behind ${path}: ${why}.`, { subject: 'serial port' });
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
