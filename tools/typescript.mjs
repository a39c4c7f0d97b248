// @ts-check
// Makes Node load our TypeScript: `node --import ./tools/typescript.mjs FILE`.
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./typescript-hooks.mjs', import.meta.url);
