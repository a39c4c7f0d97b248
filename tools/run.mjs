// @ts-check
// Runs one of our TypeScript programs: `node tools/run.mjs FILE [argument…]`. First installs the
// dependencies, if they are missing.
import './setup.mjs';
import './typescript.mjs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Remove this file's own name, so that the program finds its arguments in the usual place.
process.argv.splice(1, 1);
await import(pathToFileURL(resolve(process.argv[1] ?? '')).href);
