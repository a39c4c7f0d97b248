// One case: a step of the workload is struck, and what then is on the flash is looked at from outside.
import { FrameReader } from '../../build/host/smp/frame.js';
import { decodeBody } from '../../build/host/smp/packet.js';
import { PowerCut } from '../../build/host/emulator/nor.js';
import { FlashState, Refusal } from '../../build/assembly/protocol.js';
import { parseTear } from './tears.mjs';
import { BIND_NEXT, LIST, UNBIND_NEXT, VERIFY } from './workload.mjs';

/** A property that does not hold. */
export class Violation extends Error {}

/** A terminal answers this often to be believed, once a cell of its flash reads at random. */
const WEAK_BOOTS = 3;

const EVENT = /^(\d+)([cf])\.(.+)$/;

/** `0c.prefix33` strikes the first operation and cuts the power, `2f.suffix4` lets two pass and makes the third fail. */
export function parseEvent(text) {
  const [, after, outcome, tear] = EVENT.exec(text) ?? [];
  if (!tear) throw new Error(`no such event: ${text}`);
  return { after: Number(after), outcome: outcome === 'c' ? 'cut' : 'fail', tear: parseTear(tear) };
}

function decode(answer) {
  let body;
  const reader = new FrameReader((packet) => (body = decodeBody(packet)), { frames: 0, base64: 0, length: 0, crc: 0 });
  reader.push(answer);
  return body ?? {};
}

/** The table as its owner sees it: two answers, of which the second one depends on every bit of it. */
function look(machine) {
  return { list: machine.ask(LIST), contents: machine.ask(VERIFY) };
}

/** `worn`: a flash that lost sectors may say so, in its state. */
function same(a, b, worn) {
  if (!a.contents.equals(b.contents)) return false;
  if (a.list.equals(b.list)) return true;
  if (!worn) return false;
  const [x, y] = [decode(a.list), decode(b.list)];
  const sound = [FlashState.Ready, FlashState.Blank, FlashState.Worn];
  if (!sound.includes(x.state) || !sound.includes(y.state)) return false;
  return JSON.stringify({ ...x, state: 0 }) === JSON.stringify({ ...y, state: 0 });
}

function text({ list }) {
  const { state, gen, slots } = decode(list);
  return `${FlashState[state]}, generation ${gen}: ${slots.map((slot) => slot?.pan ?? (slot === false ? 'unreadable' : '–')).join(' ')}`;
}

/** A further change, its answer, and the table after it. */
function doNext(machine, frame) {
  return { frame, answer: machine.ask(frame), table: look(machine) };
}

function nextFor(table) {
  return decode(table.list).slots[6] === null ? BIND_NEXT : UNBIND_NEXT;
}

/** What a step does when nothing strikes, from a flash on which the tables of before are: the yardstick for its cases. */
export function prepare(machine, nor, step) {
  machine.boot(nor.branch());
  const was = look(machine);
  const before = { table: was, next: doNext(machine, nextFor(was)) };
  const done = nor.branch();
  const operations = [];
  done.onOperation = (operation) => operations.push(operation);
  machine.boot(done);
  if (operations.length > 0) throw new Violation(`a boot after a clean stop writes, before ${step.what}`);
  const answer = machine.ask(step.frame);
  const { err, rc } = decode(answer);
  if (err ?? rc) throw new Violation(`refused though nothing struck: ${step.what}`);
  done.onOperation = undefined;
  const table = look(machine);
  const read = done.branch();
  machine.boot(read);
  if (!same(look(machine), table, false)) throw new Violation(`not there after a boot, though nothing struck: ${step.what}`);
  return { nor, done, step, operations, answer, before, after: { table, next: doNext(machine, nextFor(table)) } };
}

/**
 * Runs a case. Answers the flash as it is at the end, and with `record` the operations that followed the first event, up to the end of the
 * first boot that was not cut. Throws a Violation, and whatever the firmware traps with.
 */
export function trial(machine, { nor: start, step, answer, before, after }, events, { log, record } = {}) {
  const nor = start.branch();
  const followers = [];
  machine.boot(nor);
  nor.strike(...events);
  if (record || log) {
    let count = 0;
    nor.onOperation = (operation) => {
      if (count++ > events[0].after) followers.push(operation);
      const { kind, address, bytes } = operation;
      log?.(`  ${kind} ${bytes} bytes at 0x${address.toString(16)}`);
    };
  }
  log?.(`${step.what}: ${text(before.table)}`);
  const acknowledged = perform(machine, step, answer, log);
  if (acknowledged !== undefined) {
    const now = look(machine);
    const expected = acknowledged ? after : before;
    if (!same(now, expected.table, true)) throw new Violation(`answered ${acknowledged}, and holds ${text(now)}`);
  }
  let boots = 0;
  while (!powerOn(machine, nor, log)) if (++boots > events.length) throw new Violation('more cuts than were planned');
  nor.strike();
  nor.onOperation = undefined;
  const worn = nor.worn.size > 0;
  const found = look(machine);
  log?.(`boot: ${text(found)}`);
  const legal = acknowledged ? [after] : [after, before];
  const kept = legal.find(({ table }) => same(found, table, worn));
  if (!kept) throw new Violation(`${acknowledged ? 'acknowledged, and' : 'neither before nor after:'} ${text(found)}`);
  bootAgain(machine, nor, found, worn, log);
  const next = doNext(machine, kept.next.frame);
  log?.(`another change: ${text(next.table)}`);
  const worked = next.answer.equals(kept.next.answer);
  // One sector may fail at any time. Where two fail in a row, no third one need be free of records that are in use.
  const readOnly = nor.worn.size > 1 || (worn && nor.geometry.sectorCount < 3);
  if (worked ? !same(next.table, kept.next.table, worn) : !(readOnly && same(next.table, found, true))) {
    throw new Violation(`the next change ends as ${text(next.table)}`);
  }
  bootAgain(machine, nor, next.table, worn, log);
  return { followers, nor };
}

/** Whether the step was acknowledged or refused, or undefined where the power went. */
function perform(machine, step, expected, log) {
  let answer;
  try {
    answer = machine.ask(step.frame);
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    log?.('the power goes');
    return undefined;
  }
  const acknowledged = answer.equals(expected);
  log?.(acknowledged ? 'acknowledged' : `refused: ${JSON.stringify(decode(answer))}`);
  if (!acknowledged && decode(answer).err?.rc !== Refusal.FlashWorn) {
    throw new Violation(`answered ${JSON.stringify(decode(answer))}`);
  }
  return acknowledged;
}

function powerOn(machine, nor, log) {
  log?.('the power comes');
  try {
    machine.boot(nor);
    return true;
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    log?.('the power goes');
    return false;
  }
}

/** The table stays, over a boot, and over several where weak cells may read one way or the other. */
function bootAgain(machine, nor, table, worn, log) {
  const weak = nor.weakCells.length > 0;
  for (let noise = 1; noise <= (weak ? WEAK_BOOTS : 1); noise++) {
    if (weak) nor.seedNoise(noise);
    const writes = writesOf(nor);
    machine.boot(nor);
    const contents = machine.ask(VERIFY);
    log?.(`boot again: ${text(look(machine))}`);
    if (!contents.equals(table.contents)) throw new Violation(`a further boot finds ${text(look(machine))}`);
    if (weak || worn || writesOf(nor) === writes) continue;
    // What a cut left of the very first table goes once there is another. Then there is nothing more to do.
    const tidied = writesOf(nor);
    machine.boot(nor);
    if (writesOf(nor) !== tidied) throw new Violation('boots go on writing');
  }
}

function writesOf(nor) {
  return nor.programs + nor.erases.reduce((sum, count) => sum + count);
}
