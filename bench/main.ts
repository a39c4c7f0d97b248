// Measures what the project promises. Prints a table, or with --json an array of {name, value,
// unit}. A missed goal is marked and fails nothing: these are figures of this machine, not tests.
import { availableParallelism, cpus } from 'node:os';
import Table from 'cli-table3';
import { board } from './board.js';
import { firmware } from './firmware.js';
import { link } from './link.js';
import type { Figure } from './measure.js';
import { menu } from './menu.js';
import { native } from './native.js';
import { pan } from './pan.js';
import { rewrites } from './rewrites.js';
import { sim } from './sim.js';
import { store } from './store.js';

/** Counts are exact. Of a time, more than four digits would be the machine's mood. */
const round = (value: number): number => (Number.isInteger(value) ? value : Number(value.toPrecision(4)));

function verdict({ value, atLeast, atMost }: Figure): [goal: string, verdict: string] {
  if (atLeast !== undefined) return [`≥ ${atLeast}`, value >= atLeast ? '✓' : '✗ missed'];
  if (atMost !== undefined) return [`≤ ${atMost}`, value <= atMost ? '✓' : '✗ missed'];
  return ['', ''];
}

function print(figures: readonly Figure[]): void {
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
const figures: Figure[] = [];
for (const family of [firmware, store, rewrites, pan, menu, link, sim, board, native]) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[KMeasuring ${family.name} …`);
  figures.push(...(await family()));
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
if (json) {
  process.stdout.write(
    `${JSON.stringify(figures.map(({ name, value, unit }) => ({ name, value: round(value), unit })))}\n`,
  );
} else print(figures);
