import { copyFileSync, chmodSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Copies a file of secrets into a folder, with mode 0600, which git does not keep. Returns its
 * path.
 */
export function copyPrivate(path: string, dir: string): string {
  const copy = join(dir, basename(path));
  copyFileSync(path, copy);
  chmodSync(copy, 0o600);
  return copy;
}
