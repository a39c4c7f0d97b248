// Installs the locked dependencies where they are missing or older than the lock file. Uses nothing that is not in Node.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`octobind needs Node 20 or newer; this is ${process.version}.`);
  process.exit(2);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const time = (path) => statSync(new URL(`../${path}`, import.meta.url), { throwIfNoEntry: false })?.mtimeMs;

// npm writes this file at the end of an install.
const installed = time('node_modules/.package-lock.json');
if (installed === undefined || installed < time('package-lock.json')) {
  console.error('Installing dependencies (npm ci) …');
  // What npm says goes to standard error: standard output belongs to the command that follows.
  // The npm that runs this, not the one that a dependency happens to put first in the path.
  const own = process.env.npm_execpath;
  const [command, first] = own ? [process.execPath, [own]] : ['npm', []];
  const arguments_ = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, arguments_, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('npm ci failed; what it said stands above. Is the npm registry reachable?');
    process.exit(1);
  }
}
