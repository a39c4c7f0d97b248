// @ts-check
// What a step is made of, as digests.
import { readFileSync, statSync } from 'node:fs';
import { digest, digestsOf } from './digest.mjs';

/** @typedef {import('./digest.mjs').Digests} Digests */
/** @typedef {import('./make.mjs').Step} Step */

/** Reads inputs, for one build. */
export class Inputs {
  /** Digests of the files that depfiles name; many steps have the same headers. */
  #found = new Map();

  /**
   * What its table says.
   * @param {Step} step
   * @returns {Digests}
   */
  declaredBy({ command, inputs, versions }) {
    return { 'its command': digest(command.join('\0')), ...versions, ...digestsOf(inputs) };
  }

  /**
   * What its last run found that it needs. A file that changed after that run began counts as one
   * that it has not seen.
   * @param {Step} step
   * @param {number} [began]
   * @returns {Digests}
   */
  foundBy({ depfile }, began = Infinity) {
    if (depfile === undefined) return {};
    return Object.fromEntries(
      namesIn(depfile).map((path) => {
        const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
        if (modified === undefined) return [path, 'missing'];
        if (modified > began) return [path, 'unseen'];
        const known = this.#found.get(path) ?? digest(readFileSync(path));
        this.#found.set(path, known);
        return [path, known];
      }),
    );
  }
}

/**
 * The files that a rule of make names as what its target needs.
 * @param {string} depfile
 */
function namesIn(depfile) {
  if (!statSync(depfile, { throwIfNoEntry: false })) return [];
  const text = readFileSync(depfile, 'utf8').replaceAll('\\\n', ' ');
  return text
    .slice(text.indexOf(': ') + 1)
    .split(/\s+/)
    .filter((name) => name !== '');
}
