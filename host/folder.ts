import { mkdirSync } from 'node:fs';
import { OctobindError, reasonOf } from './error.js';

/** Creates a folder and its parents, if they are missing. Code: `USAGE` if that fails. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new OctobindError('USAGE', `The folder ${path} cannot be created: ${reasonOf(cause)}. Choose another one.`, {
      cause,
    });
  }
}
