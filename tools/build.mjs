// @ts-check
// Builds what is not up to date: `node tools/build.mjs [step…]`. The default is what the package
// ships.
import './setup.mjs';
import { fileURLToPath } from 'node:url';
import { build } from './make/make.mjs';
import { RECORDS, STEPS } from './make/steps.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const names = process.argv.slice(2);
const unknown = names.find((name) => !STEPS.some((step) => step.name === name));
if (unknown !== undefined) {
  console.error(`There is no step ${unknown}. There are: ${STEPS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}
const { failed } = await build(names.length > 0 ? names : ['firmware', 'host'], { steps: STEPS, records: RECORDS });
process.exitCode = failed.length > 0 ? 1 : 0;
