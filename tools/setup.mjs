// @ts-check
// Installs the locked dependencies if those in node_modules are others. Uses nothing that is not in
// Node: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`octobind needs Node 20 or newer; this is ${process.version}.`);
  process.exit(2);
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean } | undefined>} Packages */

/**
 * The packages of a lock file of npm, by their folders.
 * @param {string} path
 * @returns {Packages}
 */
function lockedBy(path) {
  try {
    const { packages } = JSON.parse(readFileSync(root + path, 'utf8'));
    delete packages['']; // this project itself
    return packages;
  } catch {
    return {};
  }
}

/** Whether node_modules holds what package-lock.json says; npm writes the list of what it installed. */
function isInstalled() {
  const wanted = lockedBy('package-lock.json');
  const found = lockedBy('node_modules/.package-lock.json');
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].every((folder) => {
    const [want, have] = [wanted[folder], found[folder]];
    // What is for another platform alone is left out.
    if (!have) return want?.optional;
    return want?.version === have.version && want?.integrity === have.integrity;
  });
}

if (!isInstalled()) {
  console.error('Installing dependencies (npm ci) …');
  // What npm says goes to standard error: standard output belongs to the command that follows.
  // The npm that runs this: the path may lead to another one.
  const own = process.env['npm_execpath'];
  const [command, first] = own ? [process.execPath, [own]] : ['npm', []];
  const arguments_ = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, arguments_, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('npm ci failed; what it said stands above. Is the npm registry reachable?');
    process.exit(1);
  }
}
