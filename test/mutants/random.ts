// `npm run mutants -- --random COUNT [--seed SEED] [--json]`: changes tokens of assembly/ at
// random, and lists the mutants that no test catches. CONTRIBUTING.md, "Random mutants".
import { seededRandom } from '../../host/emulator/random.js';
import { Chooser } from '../support/choose.js';
import { compile } from './compile.js';
import { whyEquivalent } from './equivalent.js';
import { hunt, makeCheckout } from './stages.js';
import { nameOf, type TokenMutant, tokenMutants } from './tokens.js';

/** One of so many mutants may survive. */
const SURVIVOR_OF = 20;
/**
 * Of a few mutants, so many may survive by chance. Two would do for ten of the rest of assembly/;
 * the tests of its menu are new, and no seed of a hundred was tried with them yet.
 */
const BY_CHANCE = 4;

export interface Options {
  readonly count: number;
  readonly seed: number;
  readonly json: boolean;
}

type Fate =
  | { readonly fate: 'caught'; readonly by: string }
  | { readonly fate: 'equivalent'; readonly why: string }
  | { readonly fate: 'survives' };

/** Returns true if few enough survive. */
export async function tryRandom({ count, seed, json }: Options): Promise<boolean> {
  const all = tokenMutants();
  const choose = new Chooser(seededRandom(seed));
  const [quick, release] = [await compile(undefined, 'quick'), await compile(undefined, 'release')];
  if (!quick || !release) throw new Error('The firmware does not compile. Mend that first.');
  makeCheckout();
  const tally = { caught: 0, equivalent: 0, survives: 0 };
  const survivors: string[] = [];
  let skipped = 0;
  for (let tried = 0; tried < count && all.length > 0;) {
    const mutant = all.splice(choose.below(all.length), 1)[0] as TokenMutant;
    const binary = await compile(mutant, 'quick');
    if (!binary || binary.equals(quick)) {
      skipped++;
      continue;
    }
    const outcome = await fateOf(mutant, binary, quick, release);
    if (!outcome) {
      skipped++;
      continue;
    }
    tried++;
    tally[outcome.fate]++;
    if (outcome.fate === 'survives') survivors.push(nameOf(mutant));
    report(mutant, outcome, json, `${tried} of ${count}`);
  }
  if (json) console.log(JSON.stringify({ seed, ...tally, skipped }));
  else {
    console.log(
      `seed ${seed}: ${tally.caught} caught, ${tally.equivalent} equivalent, ${tally.survives} survive; ` +
        `${skipped} were skipped, as they do not compile or make the same binary`,
    );
    for (const name of survivors) console.log(`SURVIVES ${name}`);
  }
  return tally.survives <= Math.max(BY_CHANCE, Math.floor(count / SURVIVOR_OF));
}

/** Undefined if the mutant makes the same program as the one that ships. */
async function fateOf(mutant: TokenMutant, binary: Buffer, quick: Buffer, release: Buffer): Promise<Fate | undefined> {
  const why = whyEquivalent(mutant);
  if (why !== undefined) return { fate: 'equivalent', why };
  const by = await hunt(mutant, binary, quick);
  if (by !== undefined) return { fate: 'caught', by };
  const shipped = await compile(mutant, 'release');
  return shipped?.equals(release) === true ? undefined : { fate: 'survives' };
}

function report(mutant: TokenMutant, outcome: Fate, json: boolean, progress: string): void {
  const name = nameOf(mutant);
  if (json) {
    console.log(JSON.stringify({ mutant: name, ...outcome }));
    return;
  }
  const what = outcome.fate === 'caught' ? outcome.by : outcome.fate === 'survives' ? 'SURVIVES' : outcome.why;
  console.log(`${progress}: ${name}: ${what}`);
}
