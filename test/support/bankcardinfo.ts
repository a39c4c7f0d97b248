import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';

/** What the package bankcardinfo knows of a number. */
export interface Issuer {
  readonly bankCode: string;
  readonly bankName: string;
}

const source = readFileSync(createRequire(import.meta.url).resolve('bankcardinfo'), 'utf8');

/** The package copies each pattern for each number. One will do, and is much faster. */
function onePattern(pattern: RegExp): { test(text: string): boolean } {
  return {
    test(text) {
      pattern.lastIndex = 0;
      return pattern.test(text);
    },
  };
}

/** Its `this`. Without `module`, it replies from its table alone, and asks no server. */
const root: { getBankBin?: (pan: string, done: (error: unknown, issuer?: Issuer) => void) => void; RegExp: unknown } = {
  RegExp: onePattern,
};
runInNewContext(source, root);

/** The bank that issues a number, by the package's own function. */
export function issuerOf(pan: string): Issuer | undefined {
  let found: Issuer | undefined;
  root.getBankBin?.(pan, (_error, issuer) => (found = issuer));
  return found;
}

/** All pairs of a prefix and a count of digits in the package's source. */
export const PAIRS = [...source.matchAll(/\/\^\((.+)\)\\d\{(\d+)\}\$\//g)].flatMap(([, prefixes = '', more]) =>
  prefixes.split('|').map((prefix) => ({ prefix, length: prefix.length + Number(more) })),
);
