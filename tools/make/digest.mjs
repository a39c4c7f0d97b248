// @ts-check
// Digests of the contents of files, by path.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** @typedef {Record<string, string>} Digests */

/** @param {string | Uint8Array} bytes */
export const digest = (bytes) => createHash('sha256').update(bytes).digest('base64');

/**
 * Digests of files, and of all files in folders. A file that does not exist has none.
 * @param {readonly string[]} paths
 * @returns {Digests}
 */
export function digestsOf(paths) {
  return Object.fromEntries(paths.flatMap(filesOf).map((path) => [path, digest(readFileSync(path))]));
}

/**
 * A file itself, or all files in a folder.
 * @param {string} path
 * @returns {string[]}
 */
export function filesOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();
}

/**
 * The first path whose digests differ, or which only one of the two has.
 * @param {Digests} before
 * @param {Digests} now
 * @returns {string | undefined}
 */
export function firstDifference(before, now) {
  return [...Object.keys(now), ...Object.keys(before)].find((path) => before[path] !== now[path]);
}
