// @ts-check
// Installs the locked dependencies, unless node_modules has them already. It uses only Node
// itself, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 20) {
  console.error(`octobind needs Node 20 or newer; this is ${process.version}.`);
  process.exit(2);
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} Package */
/** @typedef {Record<string, Package | undefined>} Packages */

/**
 * The packages of an npm lock file, by folder.
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

/**
 * True if node_modules has what package-lock.json says. npm keeps a list there of what it
 * installed.
 */
function isInstalled() {
  const wanted = lockedBy('package-lock.json');
  const found = lockedBy('node_modules/.package-lock.json');
  return [...new Set([...Object.keys(wanted), ...Object.keys(found)])].every((folder) => {
    const [want, have] = [wanted[folder], found[folder]];
    // npm leaves out optional packages that are for another platform.
    if (!have) return want?.optional;
    return want?.version === have.version && want?.integrity === have.integrity;
  });
}

if (!isInstalled()) {
  console.error('Installing dependencies (npm ci) …');
  // npm prints to standard error: standard output belongs to the command that follows. Use the npm
  // that runs this: the path may lead to another one.
  const own = process.env['npm_execpath'];
  const [command, first] = own ? [process.execPath, [own]] : ['npm', []];
  const arguments_ = [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, arguments_, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('npm ci failed: see its output above. Is the npm registry reachable?');
    process.exit(1);
  }
}
