// @ts-check
// Runs a program of ours that is written in TypeScript: `node tools/run.mjs FILE [argument…]`. Installs
// before what is not installed.
import './setup.mjs';
import './typescript.mjs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// The program finds its arguments where it would find them without this one.
process.argv.splice(1, 1);
await import(pathToFileURL(resolve(process.argv[1] ?? '')).href);
