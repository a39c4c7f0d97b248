import { copyFileSync, chmodSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Copies a file of secrets into a folder, with the mode that such files must have: git keeps none. */
export function copyPrivate(path: string, dir: string): string {
  const copy = join(dir, basename(path));
  copyFileSync(path, copy);
  chmodSync(copy, 0o600);
  return copy;
}
