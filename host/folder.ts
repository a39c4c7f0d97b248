import { chmodSync, mkdirSync } from 'node:fs';
import { OctobindError, reasonOf } from './error.js';

/**
 * Creates a folder and its parents, if they are missing, with mode 0700 whatever the umask. A
 * folder that exists keeps its mode: it may hold more than the files of this program. Code:
 * `USAGE` if that fails.
 */
export function makeFolder(path: string): void {
  try {
    const first = mkdirSync(path, { recursive: true, mode: 0o700 });
    // A umask can only take bits away. A strange one would keep the owner out.
    if (first !== undefined) chmodSync(path, 0o700);
  } catch (cause) {
    throw new OctobindError('USAGE', `The folder ${path} cannot be created: ${reasonOf(cause)}. Choose another one.`, {
      cause,
    });
  }
}
