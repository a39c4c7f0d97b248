// Where an operation is struck, as text that a case's id is made of.
import { Unknown } from './errors.mjs';

const PATTERN = /^(prefix|suffix|zeroed|random|weak|stuck)(\d+)(?:-(all|none|before|\d+))?$/;

/** Throws an Unknown where the text names no tear. */
export function parseTear(text) {
  const [, kind, number, rest] = PATTERN.exec(text) ?? [];
  if (kind === 'random') return { kind, sixteenths: Number(number), seed: Number(rest) };
  if (kind === 'weak') return { kind, cell: Number(number), others: rest };
  if (kind === 'stuck') return { kind, cell: Number(number) };
  if (!kind) throw new Unknown(`no such tear: ${text}`);
  return { kind, bytes: Number(number) };
}

/** Two densities of random tears, in sixteenths. */
const DENSITIES = [3, 12];

function* range(from, to, step = 1) {
  for (let i = from; i < to; i += step) yield i;
}

/** Every byte of a program from both ends, every cell, and random ones. */
function* tearsOfProgram({ bytes, cells }) {
  for (const n of range(0, bytes + 1)) yield `prefix${n}`;
  for (const n of range(1, bytes)) yield `suffix${n}`;
  for (const sixteenths of DENSITIES) for (const seed of range(1, 9)) yield `random${sixteenths}-${seed}`;
  for (const cell of range(0, cells)) yield `weak${cell}-all`;
  for (const cell of range(0, cells, 13)) yield `weak${cell}-none`;
  for (const cell of range(0, cells, 7)) yield `weak${cell}-before`;
}

/** Where a sector's header and first frames lie, and coarser behind them. */
function points(bytes) {
  return [0, 1, 2, 6, 10, 30, 35, 36, 48, 100, 137, 160, 256, 900, bytes >> 1, bytes - 101, bytes - 1, bytes];
}

function* tearsOfErase({ bytes, cells }) {
  for (const n of points(bytes)) {
    yield `prefix${n}`;
    yield `zeroed${n}`;
    if (n !== 0 && n !== bytes) yield `suffix${n}`;
  }
  for (const sixteenths of DENSITIES) for (const seed of range(1, 5)) yield `random${sixteenths}-${seed}`;
  for (const others of ['all', 'none', 'before']) {
    for (const cell of [0, 1, 5, 9, 40, 70, 100, 150, 300, cells >> 1, cells - 1]) {
      if (cell >= 0 && cell < cells) yield `weak${cell}-${others}`;
    }
  }
}

/** All tears of an operation; of a filler's, and of a recovery's, those of each kind that stand for the others. */
export function* tears(operation, level) {
  if (level === 'all') {
    yield* operation.kind === 'program' ? tearsOfProgram(operation) : tearsOfErase(operation);
    return;
  }
  const { kind, bytes, cells } = operation;
  yield 'prefix0';
  yield `prefix${bytes}`;
  if (kind === 'erase') yield `zeroed${bytes}`;
  yield `prefix${Math.min(bytes - 1, 37)}`;
  yield `suffix${bytes - 1}`;
  for (const sixteenths of DENSITIES) yield `random${sixteenths}-1`;
  if (cells === 0) return;
  for (const cell of [1, cells >> 1, cells - 1]) yield `weak${cell}-all`;
  yield `weak${cells >> 2}-none`;
  yield `weak${cells >> 3}-before`;
}
