import { readFileSync } from 'node:fs';
import { Unknown } from './errors.js';
import { geometryOf } from './geometry.js';
import { Machine } from './machine.js';
import { RULES, ruleTrial } from './rules.js';
import { situations } from './sweep.js';
import { type Log, parseEvent, trial } from './trial.js';

/**
 * Runs one case by its id, with a trace of what happens. Throws what the case fails with, and an
 * Unknown if there is no such case.
 */
export function replay(wasm: string, id: string, log: Log): void {
  const machine = new Machine(new WebAssembly.Module(readFileSync(wasm)));
  const [name = '', step = '', ...texts] = id.split(':');
  const geometry = geometryOf(name);
  const rule = RULES.find((one) => texts.length === 1 && texts[0] === one);
  const events = rule === undefined ? texts.map(parseEvent) : [];
  // The step itself must be struck before anything else is.
  const isCase = rule !== undefined || events[0]?.next === false;
  if (!/^\d+$/.test(step) || !isCase) throw new Unknown(`no such case: ${id}`);
  for (const [index, situation] of situations(machine, geometry)) {
    if (index !== Number(step)) continue;
    log(
      `flash: ${geometry.sectorCount} sectors of ${geometry.sectorBytes} bytes, program unit ${geometry.programUnit}`,
    );
    if (rule === undefined) trial(machine, situation, events, { log });
    else ruleTrial(machine, situation, rule, log);
    return;
  }
  throw new Unknown(`no such step: ${step}`);
}
