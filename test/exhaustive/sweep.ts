// All cases of one geometry.
import { Buffer } from 'node:buffer';
import type { FlashOperation, Geometry } from '../../host/emulator/nor.js';
import { Violation } from './errors.js';
import { newFlash } from './flash.js';
import { nameOf } from './geometry.js';
import type { Machine } from './machine.js';
import { RULES, ruleTrial } from './rules.js';
import { tears } from './tears.js';
import { type Followers, parseEvent, prepare, type Situation, trial } from './trial.js';
import { type Step, workload } from './workload.js';

/**
 * One case in this many runs on a new instance too, which must end as the one that is booted
 * again.
 */
const CHECK_INSTANCE = 1000;

/** Of the tears that stand for no others, one in this many is followed by a second event. */
const DEEP = 61;

/** A header and a frame: docs/STORE.md. */
const HEADER = 36;
const FRAME = 101;

function stepsOf(geometry: Geometry): Generator<Step> {
  const { sectorBytes, programUnit } = geometry;
  const padded = (bytes: number): number => Math.ceil(bytes / programUnit) * programUnit;
  return workload(geometry, Math.floor((sectorBytes - padded(HEADER)) / padded(FRAME)));
}

/**
 * Ways in which an operation fails and says so: not begun, half done, done. Or fails without a
 * word: the same, and cells that are stuck.
 */
function failures({ bytes, cells }: FlashOperation): string[] {
  const said = ['prefix0', `prefix${bytes >> 1}`, `prefix${bytes}`].map((tear) => `f.${tear}`);
  if (cells === 0) return said;
  const silent = [
    'prefix0',
    `prefix${bytes >> 1}`,
    'random12-1',
    ...[0, cells >> 1, cells - 1].map((cell) => `stuck${cell}`),
  ];
  return [...said, ...silent.map((tear) => `s.${tear}`)];
}

/** The first event of a case, as text. `deep`: a second one strikes in what follows. */
interface First {
  readonly event: string;
  readonly deep: boolean;
}

function* firstEvents({ step, operations }: Situation): Generator<First> {
  for (const [at, operation] of operations.entries()) {
    const some = [...tears(operation, 'some')];
    if (step.filler) {
      for (const tear of some) yield { event: `${at}c.${tear}`, deep: false };
      continue;
    }
    let count = 0;
    for (const tear of new Set([...some, ...tears(operation, 'all')])) {
      yield { event: `${at}c.${tear}`, deep: count < some.length || count % DEEP === 0 };
      count++;
    }
    for (const failure of failures(operation)) yield { event: `${at}${failure}`, deep: true };
  }
}

/**
 * Events for the operations that follow a first event; also for those of the next change, if the
 * first event left a weak cell.
 */
function* secondEvents(first: string, { followers, nexts }: Followers): Generator<string> {
  for (const [at, operation] of followers.entries()) {
    for (const tear of tears(operation, 'some')) yield `${at}c.${tear}`;
    for (const failure of failures(operation)) yield `${at}${failure}`;
  }
  if (!first.includes('weak')) return;
  for (const [at, operation] of nexts.entries()) {
    for (const tear of tears(operation, 'some')) {
      // The CRC of a frame corrects one weak cell, not two: docs/STORE.md, "What it does not
      // survive".
      if (first.endsWith('none') && tear.startsWith('weak')) continue;
      yield `n${at}c.${tear}`;
    }
  }
}

/**
 * Every step of the workload with its index, and what it does if nothing strikes. At the end, the
 * wear of two sectors may differ by one erase.
 */
export function* situations(machine: Machine, geometry: Geometry): Generator<[number, Situation]> {
  let nor = newFlash(geometry);
  const erases = Array<number>(geometry.sectorCount).fill(0);
  let index = 0;
  for (const step of stepsOf(geometry)) {
    const situation = prepare(machine, nor, step);
    yield [index++, situation];
    situation.done.erases.forEach((count, sector) => (erases[sector] = (erases[sector] ?? 0) + count));
    nor = situation.done.branch();
  }
  if (erases.some((count) => count === 0)) throw new Violation('the ring was not turned');
  if (Math.max(...erases) - Math.min(...erases) > 1) throw new Violation(`uneven wear: ${erases.join(' ')}`);
}

const NONE: Followers = { followers: [], nexts: [] };

/**
 * Runs every `every`-th case of a geometry on a machine of `newMachine`. `report` takes the id of
 * each case that fails, and why. `tick` takes the count of cases that ended since its last call.
 */
export function sweep(
  newMachine: () => Machine,
  geometry: Geometry,
  every: number,
  report: (id: string, error: unknown) => void,
  tick: (cases: number) => void,
): void {
  const machine = newMachine();
  let count = 0;
  let cases = 0;
  const run = (index: number, situation: Situation, texts: readonly string[], record: boolean): Followers => {
    const events = texts.map(parseEvent);
    cases++;
    try {
      const ran = trial(machine, situation, events, { record });
      if (cases % CHECK_INSTANCE === 0) {
        const again = trial(newMachine(), situation, events).nor.snapshot();
        if (Buffer.compare(ran.nor.snapshot(), again) !== 0) throw new Violation('a new instance does otherwise');
      }
      return ran;
    } catch (error) {
      report([nameOf(geometry), index, ...texts].join(':'), error);
      return NONE;
    }
  };
  const obey = (index: number, situation: Situation, rule: string): void => {
    cases++;
    try {
      ruleTrial(machine, situation, rule);
    } catch (error) {
      report([nameOf(geometry), index, rule].join(':'), error);
    }
  };
  try {
    for (const [index, situation] of situations(machine, geometry)) {
      const began = cases;
      for (const { event, deep } of firstEvents(situation)) {
        if (count++ % every !== 0) continue;
        const ran = run(index, situation, [event], deep);
        if (!deep) continue;
        for (const second of secondEvents(event, ran)) run(index, situation, [event, second], false);
      }
      for (const rule of situation.step.filler ? [] : RULES) {
        if (count++ % every === 0) obey(index, situation, rule);
      }
      tick(cases - began);
    }
  } catch (error) {
    report(nameOf(geometry), error);
  }
}
