// @ts-check
// Checks the imports of host/ and assembly/, also imports of types:
// - they point down the lists of rooms below;
// - they form no circle;
// - the core, which runs in a browser, reaches no module and no package that needs Node.
// tsconfig.browser.json, which has no types of Node, finds globals of Node in the core.
//   node tools/imports.mjs [ROOT]
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * The rooms of a tree, the highest row first. A room is a folder or a file. `*` is the floor: all
 * other files. Rooms of one row must not import each other, unless a `+` joins them:
 * `trace+emulator`. `outside` lists files outside of the tree that it may import.
 * @typedef {{ tree: string, rows: string[][], outside: string[] }} House
 */

/** @type {House[]} */
const HOUSES = [
  {
    tree: 'host',
    rows: [
      ['cli', 'index.ts'],
      ['fleet', 'audit'],
      ['sim', 'testing', 'browser.ts'],
      ['trace+emulator'],
      ['terminal', 'cards'],
      ['session'],
      ['smp'],
      ['link', 'crypto', 'firmware', 'screen'],
      ['*'],
    ],
    outside: ['assembly/protocol.ts', 'assembly/hal.ts'],
  },
  {
    tree: 'assembly',
    rows: [
      ['index.ts'],
      ['menu'],
      ['group'],
      ['menu'],
      ['lifecycle'],
      ['card'],
      ['policy'],
      ['store', 'session'],
      ['keys'],
      ['link', 'cbor'],
      ['text'],
      ['*'],
    ],
    outside: ['build/generated/'],
  },
];

/**
 * What runs in a browser, in parts that a page loads apart: the files that it loads first, and the
 * packages that they may reach. The first part must not grow by what draws.
 */
const BROWSER = [
  {
    entries: ['host/browser.ts', 'host/emulator/index.ts'],
    packages: ['@assemblyscript/loader', '@noble/ciphers', '@noble/curves', '@noble/hashes', 'cbor2', 'zod'],
  },
  { entries: ['host/screen/index.ts'], packages: ['fast-png', 'fflate', 'uqr'] },
];

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
/** @type {string[]} */
const problems = [];

/** @type {{ imports?: Record<string, Record<string, string>> }} */
const { imports: aliases = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * The TypeScript files of a folder, as paths from the root.
 * @type {(folder: string) => string[]}
 */
const filesOf = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesOf(path);
    return path.endsWith('.ts') && !path.endsWith('.d.ts') ? [path] : [];
  });

/**
 * The imports of a file: files, as paths from the root, and packages. An alias of package.json
 * (`#…`) stands for its file under `condition`; without one, for its files under all conditions.
 * @type {(file: string, condition?: string) => { files: string[], packages: string[] }}
 */
function importsOf(file, condition) {
  /** @type {string[]} */
  const files = [];
  /** @type {string[]} */
  const packages = [];
  for (const { fileName } of ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true).importedFiles) {
    const targets = aliases[fileName];
    if (targets) {
      const built = condition === undefined ? Object.values(targets) : [targets[condition] ?? targets.default ?? ''];
      files.push(...built.map((path) => path.replace(/^\.\/(?:build\/)?(.*)\.[jt]s$/, '$1.ts')));
    } else if (fileName.startsWith('.')) {
      // The host imports `./x.js`, the name of the compiled file; the firmware imports `./x`.
      files.push(`${relative(root, join(root, dirname(file), fileName)).replace(/\.[jt]s$/, '')}.ts`);
    } else packages.push(fileName);
  }
  return { files, packages };
}

/** @param {House} house */
function checkRooms({ tree, rows, outside }) {
  const rowOf = new Map(
    rows.flatMap((row, index) => row.flatMap((names) => names.split('+').map((name) => [name, index]))),
  );
  /** The room that a file is in. @type {(file: string) => string} */
  const roomOf = (file) => {
    const [, room = '', inside] = file.split('/');
    return rowOf.has(room) ? room : inside === undefined ? '*' : room;
  };
  const together = rows.flat().map((names) => names.split('+'));
  for (const file of filesOf(tree)) {
    const room = roomOf(file);
    const row = rowOf.get(room);
    if (row === undefined) {
      problems.push(`${file}: the room ${tree}/${room} is not in the list of tools/imports.mjs`);
      continue;
    }
    for (const imported of importsOf(file).files) {
      if (!imported.startsWith(`${tree}/`)) {
        if (!outside.some((allowed) => imported.startsWith(allowed)))
          problems.push(`${file} imports ${imported}, which is outside of ${tree}/`);
        continue;
      }
      const other = roomOf(imported);
      const isBelow = (rowOf.get(other) ?? -1) > row;
      const isPeer = together.some((names) => names.includes(room) && names.includes(other));
      if (!isBelow && !isPeer) problems.push(`${file} imports ${imported}, which is not below it`);
    }
  }
}

/**
 * Reports each circle once, at the first file that is in it.
 * @param {string} tree
 */
function checkCircles(tree) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {(file: string, path: string[]) => void} */
  const visit = (file, path) => {
    const at = path.indexOf(file);
    if (at >= 0) problems.push(`Imports run in a circle: ${[...path.slice(at), file].join(' → ')}`);
    if (at >= 0 || done.has(file)) return;
    for (const imported of importsOf(file).files) if (imported.startsWith(`${tree}/`)) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of filesOf(tree)) visit(file, []);
}

/** @param {{ entries: string[], packages: string[] }} part */
function checkBrowser({ entries, packages: allowed }) {
  /** Each file of the part, with the file that imports it. @type {Map<string, string>} */
  const reached = new Map(entries.map((entry) => [entry, '']));
  for (const [file] of reached) {
    /** The chain of imports that leads to a file. @type {(from: string) => string} */
    const chain = (from) => (reached.get(from) ? `${chain(reached.get(from) ?? '')} → ${from}` : from);
    const { files, packages } = importsOf(file, 'browser');
    for (const imported of files) if (!reached.has(imported)) reached.set(imported, file);
    for (const name of packages) {
      if (name.startsWith('node:') || builtinModules.includes(name))
        problems.push(`${chain(file)} imports ${name}, which no browser has`);
      else if (!allowed.some((one) => name === one || name.startsWith(`${one}/`)))
        problems.push(`${chain(file)} imports ${name}, which is not in the list of packages for a browser`);
    }
  }
}

for (const house of HOUSES) {
  checkRooms(house);
  checkCircles(house.tree);
}
BROWSER.forEach(checkBrowser);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
