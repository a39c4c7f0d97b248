// Builds what is older than its sources: generated tables, firmware, host.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
mkdirSync('build/generated', { recursive: true });

const time = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const sources = (...folders) =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`),
  );

/** Runs a step whose stamp is older than one of its inputs, and stamps it once it worked. */
function step(name, inputs, command) {
  const stamp = `build/.${name}`;
  if (inputs.every((input) => time(input) < time(stamp))) return;
  const began = new Date();
  console.error(`Building ${name} …`);
  const { status } = spawnSync(process.execPath, command, { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began); // what changed while it ran is newer
}

const lock = 'package-lock.json';
step('generated', ['tools/generate.mjs', 'tools/hal-header.mjs', 'assembly/protocol.ts', 'assembly/hal.ts', 'package.json', lock], ['tools/generate.mjs']);
step(
  'firmware',
  [...sources('assembly', 'build/generated'), 'asconfig.json', 'asconfig.transform.mjs', lock],
  ['node_modules/assemblyscript/bin/asc.js', '--target', 'release'],
);
step(
  'host',
  [...sources('host'), 'assembly/protocol.ts', 'assembly/hal.ts', 'tsconfig.json', 'tsconfig.build.json', lock],
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
);
