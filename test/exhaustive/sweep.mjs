// All cases of one geometry.
import { Buffer } from 'node:buffer';
import { tears } from './tears.mjs';
import { parseEvent, prepare, trial } from './trial.mjs';
import { Unknown, Violation } from './errors.mjs';
import { newFlash } from './flash.mjs';
import { RULES, ruleTrial } from './rules.mjs';
import { workload } from './workload.mjs';

/** An instance that is booted again must be as good as a new one: one case in this many runs on both. */
const CHECK_INSTANCE = 1000;

/** Of the tears that stand for no others, one in this many is followed by a second event. */
const DEEP = 61;

/** A header and a frame: docs/STORE.md. */
const HEADER = 36;
const FRAME = 101;

const SECTORS = [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536];
const UNITS = [1, 2, 4, 8, 16];

/** `4096x16u1`: sixteen sectors of 4096 bytes, program unit 1. */
export const nameOf = ({ sectorBytes, sectorCount, programUnit }) => `${sectorBytes}x${sectorCount}u${programUnit}`;

/** Throws an Unknown where it names none that the store supports. */
export function geometryOf(name) {
  const [, ...numbers] = /^(\d+)x(\d+)u(\d+)$/.exec(name) ?? [];
  const [sectorBytes, sectorCount, programUnit] = numbers.map(Number);
  const supported =
    SECTORS.includes(sectorBytes) && sectorCount >= 2 && sectorCount <= 16 && UNITS.includes(programUnit);
  if (!supported) throw new Unknown(`no geometry of the store: ${name}`);
  return { sectorBytes, sectorCount, programUnit };
}

function stepsOf(geometry) {
  const { sectorBytes, programUnit } = geometry;
  const padded = (bytes) => Math.ceil(bytes / programUnit) * programUnit;
  return workload(geometry, Math.floor((sectorBytes - padded(HEADER)) / padded(FRAME)));
}

/** Ways in which an operation fails, and says so: not begun, half done, done. Or without a word: that, and cells that are stuck. */
function failures({ bytes, cells }) {
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

/** The first events of a step, as text. `deep`: a second one strikes in what follows. */
function* firstEvents({ step, operations }) {
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

/** What may strike the operations that follow a first event; those of the next change, where that event has left a weak cell. */
function* secondEvents(first, { followers, nexts }) {
  for (const [at, operation] of followers.entries()) {
    for (const tear of tears(operation, 'some')) yield `${at}c.${tear}`;
    for (const failure of failures(operation)) yield `${at}${failure}`;
  }
  if (!first.includes('weak')) return;
  for (const [at, operation] of nexts.entries()) {
    for (const tear of tears(operation, 'some')) {
      // Two weak cells in one frame are more than its CRC corrects: docs/STORE.md, "What it does not survive".
      if (first.endsWith('none') && tear.startsWith('weak')) continue;
      yield `n${at}c.${tear}`;
    }
  }
}

/** Every step of the workload with what it does when nothing strikes. At the end no sector may be worn more than another by two erases. */
function* situations(machine, geometry) {
  let nor = newFlash(geometry);
  const erases = Array(geometry.sectorCount).fill(0);
  let index = 0;
  for (const step of stepsOf(geometry)) {
    const situation = prepare(machine, nor, step);
    yield { ...situation, index: index++ };
    situation.done.erases.forEach((count, sector) => (erases[sector] += count));
    nor = situation.done.branch();
  }
  if (erases.some((count) => count === 0)) throw new Violation('the ring was not turned');
  if (Math.max(...erases) - Math.min(...erases) > 1) throw new Violation(`uneven wear: ${erases.join(' ')}`);
}

/**
 * Runs every `every`-th case of a geometry on a machine of `newMachine`. `report` is told of each failure, with the case's id, and
 * `tick` of the count of cases that ended since it was told last.
 */
export function sweep(newMachine, geometry, every, report, tick) {
  const machine = newMachine();
  let count = 0;
  let cases = 0;
  const run = (situation, texts, record) => {
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
      report([nameOf(geometry), situation.index, ...texts].join(':'), error);
      return { followers: [], nexts: [] };
    }
  };
  const obey = (situation, rule) => {
    cases++;
    try {
      ruleTrial(machine, situation, rule);
    } catch (error) {
      report([nameOf(geometry), situation.index, rule].join(':'), error);
    }
  };
  try {
    for (const situation of situations(machine, geometry)) {
      const began = cases;
      for (const { event, deep } of firstEvents(situation)) {
        if (count++ % every !== 0) continue;
        const ran = run(situation, [event], deep);
        if (!deep) continue;
        for (const second of secondEvents(event, ran)) run(situation, [event, second], false);
      }
      for (const rule of situation.step.filler ? [] : RULES) {
        if (count++ % every === 0) obey(situation, rule);
      }
      tick(cases - began);
    }
  } catch (error) {
    report(nameOf(geometry), error);
  }
}

/** Runs one case by its id, with a trace of what happens. Throws what the case fails with, and an Unknown where there is none. */
export function replay(machine, id, log) {
  const [name, step, ...texts] = id.split(':');
  const geometry = geometryOf(name);
  const rule = RULES.find((name) => texts.length === 1 && texts[0] === name);
  const events = rule ? [] : texts.map(parseEvent);
  // The step itself must be struck before anything else is.
  if (!/^\d+$/.test(step ?? '') || (!rule && (events.length === 0 || events[0].next))) {
    throw new Unknown(`no such case: ${id}`);
  }
  for (const situation of situations(machine, geometry)) {
    if (situation.index !== Number(step)) continue;
    log(
      `flash: ${geometry.sectorCount} sectors of ${geometry.sectorBytes} bytes, program unit ${geometry.programUnit}`,
    );
    if (rule) ruleTrial(machine, situation, rule, log);
    else trial(machine, situation, events, { log });
    return;
  }
  throw new Unknown(`no such step: ${step}`);
}
