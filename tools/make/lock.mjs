// @ts-check
// A lock between processes.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_MS = 50;
/** No step takes longer. An older lock is of a killed process whose number another one has now. */
const LONGEST_MS = 120_000;

/**
 * Runs `action` while no other process holds the lock at `path`. The lock of a killed process does
 * not count.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function locked(path, action) {
  mkdirSync(dirname(path), { recursive: true });
  while (!take(path)) await sleep(RETRY_MS);
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string} path */
function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    if (!isHeld(path)) rmSync(path, { force: true });
    return false;
  }
}

/** @param {string} path */
function isHeld(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > LONGEST_MS) return false;
    const pid = Number(readFileSync(path, 'utf8'));
    // Empty: its owner has just created the file and is about to write to it.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
