import { Worker } from 'node:worker_threads';

const TYPESCRIPT = new URL('../../tools/typescript.mjs', import.meta.url).href;

/**
 * Runs a program of ours in a thread of its own. A thread does not inherit the hooks that load
 * TypeScript.
 */
export function startThread(program: URL, workerData: unknown): Worker {
  return new Worker(program, { execArgv: ['--import', TYPESCRIPT], workerData });
}
