// A crowd of emulated terminals in one process: how long until each is keyed, has a card bound in
// a session and proves it, and how much memory each takes.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Crowd } from './crowd.js';
import { type Figure, median } from './measure.js';

const TERMINALS = 1000;
const RUNS = 3;

export async function sim(): Promise<Figure[]> {
  const [loader = '', script = ''] = ['../tools/run.mjs', 'crowd.ts'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const runs: Crowd[] = [];
  while (runs.length < RUNS) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', loader, script, String(TERMINALS)]);
    runs.push(JSON.parse(stdout) as Crowd);
  }
  const seconds = median(runs.map((run) => run.seconds));
  const kib = median(runs.map((run) => run.bytes)) / 1024;
  return [
    { name: `sim.terminals.${TERMINALS}.sealed.seconds`, value: seconds, unit: 's', atMost: 8 },
    { name: 'sim.terminal.rss.kib', value: kib, unit: 'KiB', atMost: 200 },
  ];
}
