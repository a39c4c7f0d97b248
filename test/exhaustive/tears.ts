// Ways in which an operation is struck, as text for a case's id.
import type { FlashOperation } from '../../host/emulator/nor.js';
import type { Tear } from '../../host/emulator/tear.js';
import { Unknown } from './errors.js';

const PATTERN = /^(prefix|suffix|zeroed|random|weak|stuck)(\d+)(?:-(all|none|before|\d+))?$/;

/** Throws an Unknown if the text names no tear. */
export function parseTear(text: string): Tear {
  const [, kind, number, rest] = PATTERN.exec(text) ?? [];
  const count = Number(number);
  switch (kind) {
    case 'prefix':
    case 'suffix':
    case 'zeroed':
      if (rest === undefined) return { kind, bytes: count };
      break;
    case 'random':
      if (!Number.isNaN(Number(rest))) return { kind, sixteenths: count, seed: Number(rest) };
      break;
    case 'weak':
      if (rest === 'all' || rest === 'none' || rest === 'before') return { kind, cell: count, others: rest };
      break;
    case 'stuck':
      if (rest === undefined) return { kind, cell: count };
  }
  throw new Unknown(`no such tear: ${text}`);
}

/** How many cells of 16 a random tear changes. */
const DENSITIES = [3, 12];

function* range(from: number, to: number, step = 1): Generator<number> {
  for (let i = from; i < to; i += step) yield i;
}

/** Every byte of a program from both ends, every cell, and random ones. */
function* tearsOfProgram({ bytes, cells }: FlashOperation): Generator<string> {
  for (const n of range(0, bytes + 1)) yield `prefix${n}`;
  for (const n of range(1, bytes)) yield `suffix${n}`;
  for (const sixteenths of DENSITIES) for (const seed of range(1, 9)) yield `random${sixteenths}-${seed}`;
  for (const cell of range(0, cells)) yield `weak${cell}-all`;
  for (const cell of range(0, cells, 13)) yield `weak${cell}-none`;
  for (const cell of range(0, cells, 7)) yield `weak${cell}-before`;
}

/** Close together in a sector's header and first frames, and further apart behind them. */
function points(bytes: number): number[] {
  return [0, 1, 2, 6, 10, 30, 35, 36, 48, 100, 137, 160, 256, 900, bytes >> 1, bytes - 101, bytes - 1, bytes];
}

function* tearsOfErase({ bytes, cells }: FlashOperation): Generator<string> {
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

/** All tears of an operation, or `some` of each kind, which stand for the others. */
export function* tears(operation: FlashOperation, level: 'all' | 'some'): Generator<string> {
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
