// A crowd of emulated terminals in one process: how long until each is keyed, has a card bound in a session and proves it, and what each takes of memory.
import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { promisify } from 'node:util';
import { median } from './measure.mjs';

const TERMINALS = 1000;
const RUNS = 3;

export async function sim() {
  const script = fileURLToPath(new URL('crowd.mjs', import.meta.url));
  const runs = [];
  while (runs.length < RUNS) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, String(TERMINALS)]);
    runs.push(JSON.parse(stdout));
  }
  const seconds = median(runs.map((run) => run.seconds));
  const kib = median(runs.map((run) => run.bytes)) / 1024;
  return [
    { name: `sim.terminals.${TERMINALS}.sealed.seconds`, value: seconds, unit: 's', atMost: 8 },
    { name: 'sim.terminal.rss.kib', value: kib, unit: 'KiB', atMost: 200 },
  ];
}
