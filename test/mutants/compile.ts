// The firmware of a mutant, compiled in this process: far quicker than a process for each.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { main } from '../../tools/dev/asc.js';
import { mutated, type TokenMutant } from './tokens.js';

/** Quick to compile; or as what ships, to see whether a mutant makes another program at all. */
export type Effort = 'quick' | 'release';

const QUICK = ['--optimizeLevel', '1', '--shrinkLevel', '0'];

/** Compiles assembly/ with a mutant in it, or as it is. Undefined if it does not compile. */
export async function compile(mutant: TokenMutant | undefined, effort: Effort): Promise<Buffer | undefined> {
  let binary: Buffer | undefined;
  const { error } = await main(['--target', 'release', ...(effort === 'quick' ? QUICK : [])], {
    readFile(name, folder) {
      const path = resolve(folder, name);
      if (mutant && path === resolve(mutant.file)) return mutated(mutant);
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return null;
      }
    },
    writeFile(name, contents) {
      if (name.endsWith('.wasm')) binary = Buffer.from(contents);
    },
  });
  return error ? undefined : binary;
}
