// Measures what the project promises. Prints a table, or with --json an array of {name, value, unit}. A goal that is missed is marked
// and fails nothing: these are figures of the machine at hand, not tests.
import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';
import Table from 'cli-table3';
import { board } from './board.mjs';
import { firmware } from './firmware.mjs';
import { link } from './link.mjs';
import { native } from './native.mjs';
import { pan } from './pan.mjs';
import { rewrites } from './rewrites.mjs';
import { sim } from './sim.mjs';
import { store } from './store.mjs';

/** Counts are exact; of what was timed, more than four digits would be the machine's mood. */
const round = (value) => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

function verdict({ value, atLeast, atMost }) {
  if (atLeast !== undefined) return [`≥ ${atLeast}`, value >= atLeast ? '✓' : '✗ missed'];
  if (atMost !== undefined) return [`≤ ${atMost}`, value <= atMost ? '✓' : '✗ missed'];
  return ['', ''];
}

function print(figures) {
  const table = new Table({
    head: ['figure', 'value', 'unit', 'goal', ''],
    colAligns: ['left', 'right', 'left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const figure of figures) {
    table.push([figure.name, round(figure.value).toLocaleString('en'), figure.unit, ...verdict(figure)]);
  }
  const [cpu] = cpus();
  const machine = `${cpu?.model ?? process.arch}, ${availableParallelism()} cores, ${process.platform}, node ${process.version}`;
  process.stdout.write(`${table.toString()}\nMeasured on ${machine}.\n`);
}

const json = process.argv.includes('--json');
const figures = [];
for (const family of [firmware, store, rewrites, pan, link, sim, board, native]) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[KMeasuring ${family.name} …`);
  figures.push(...(await family()));
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
if (json) {
  process.stdout.write(
    `${JSON.stringify(figures.map(({ name, value, unit }) => ({ name, value: round(value), unit })))}\n`,
  );
} else print(figures);
