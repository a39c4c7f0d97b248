// @ts-check
// Digests of the inputs of a step.
import { readFileSync, statSync } from 'node:fs';
import { digest, digestsOf } from './digest.mjs';

/** @typedef {import('./digest.mjs').Digests} Digests */
/** @typedef {import('./make.mjs').Step} Step */

/** Reads the inputs of the steps of one build. */
export class Inputs {
  /** Digests of the files that depfiles name. Kept, because many steps have the same headers. */
  #found = new Map();

  /**
   * What a step itself names: its command, inputs and versions.
   * @param {Step} step
   * @returns {Digests}
   */
  declaredBy({ command, inputs, versions }) {
    return { 'its command': digest(command.join('\0')), ...versions, ...digestsOf(inputs) };
  }

  /**
   * The inputs that a step's last run found. A file that changed after that run began counts as
   * unseen.
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
 * The files that a depfile, a rule of make, names as prerequisites.
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
