// `npm run dev`: builds what changes, and restarts the terminals with it: docs/DEVELOPING.md.
import { fileURLToPath } from 'node:url';
import { ToolError } from '../board/tool.js';
import { Loop } from './loop.js';
import { log } from './log.js';
import { type Options, readOptions, USAGE } from './options.js';
import { OptionsRefused } from './terminals.js';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

function options(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    process.exit(2);
  }
}

const loop = new Loop(options());
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});
try {
  await Promise.race([loop.run(), interrupted]);
} catch (error) {
  if (!(error instanceof OptionsRefused || error instanceof ToolError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
await loop.stop();
log(loop.summary);
process.exit();
