import { mkdirSync } from 'node:fs';
import { OctobindError, reasonOf } from './error.js';

/** Makes a folder, and those that it is in, where they are missing. Code: `USAGE`. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new OctobindError('USAGE', `The folder ${path} cannot be made: ${reasonOf(cause)}. Give another one.`, {
      cause,
    });
  }
}
