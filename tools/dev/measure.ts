// Measures `npm run dev` in a copy of this checkout: the time from a changed source file to the
// first reply of a terminal that runs the change; and how long `npm run t` takes meanwhile.
// `npm run dev:measure -- [BOARD]`; without BOARD, an emulated terminal.
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Checkout } from './checkout.js';
import { RunningDev } from './running-dev.js';

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

const ROUNDS = 5;
const FILE = 'assembly/group/os.ts';
const [board] = process.argv.slice(2);

/** An edit that changes what a terminal says of its build date. */
const ownName = (round: number): [RegExp, string] => [/rom\('(unknown|build\d*)'\)/, `rom('build${round}')`];

const checkout = new Checkout(...(board === undefined ? [] : [`${board}-debug`]));
const dir = join(checkout.folder, '.octobind');
const dev = new RunningDev(checkout.folder, '--dir', dir, ...(board === undefined ? [] : ['--board', board]));
try {
  await dev.line(/first reply OK/);
  await dev.line(/compilers are ready/);
  const times: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    const began = performance.now();
    checkout.edit(FILE, ...ownName(round));
    await dev.line(new RegExp(`first reply OK.* build${round} `));
    times.push((performance.now() - began) / 1000);
  }
  const [load = NaN] = loadavg();
  const began = performance.now();
  spawnSync('npm', ['run', '-s', 't', '--', 'pan'], { cwd: checkout.folder, stdio: 'ignore' });
  const test = (performance.now() - began) / 1000;
  const round = (value: number): number => Number(value.toFixed(2));
  console.log(
    JSON.stringify({
      target: board ?? 'emulator',
      replySeconds: times.map(round),
      testSeconds: round(test),
      load: round(load),
    }),
  );
} catch (error) {
  console.error(dev.lines.join('\n'));
  throw error;
} finally {
  await dev.stop();
  checkout.remove();
}
