// One case: a step of the workload is struck, and what then is on the flash is looked at from outside.
import { decodeBody } from '../../build/host/smp/packet.js';
import { PowerCut } from '../../build/host/emulator/nor.js';
import { FlashState, Refusal } from '../../build/assembly/protocol.js';
import { parseTear } from './tears.mjs';
import { Unknown, Violation } from './errors.mjs';
import { BIND_NEXT, LIST, UNBIND_NEXT, VERIFY } from './workload.mjs';

/** A terminal answers this often to be believed, once a cell of its flash reads at random. */
const WEAK_BOOTS = 2;

const EVENT = /^(n?)(\d+)([cfs])\.(.+)$/;
const OUTCOMES = { c: 'cut', f: 'fail', s: 'done' };

/**
 * `0c.prefix33` strikes the first operation and cuts the power, `2f.suffix4` lets two pass and makes the third fail, `0s.stuck5` leaves a
 * cell of the first as it was and says nothing of it; with an `n` before it, of the change that is made once the step is over.
 */
export function parseEvent(text) {
  const [, next, after, outcome, tear] = EVENT.exec(text) ?? [];
  if (!tear) throw new Unknown(`no such event: ${text}`);
  return { next: next === 'n', after: Number(after), outcome: OUTCOMES[outcome], tear: parseTear(tear) };
}

/** The table as its owner sees it: two answers, of which the second one depends on every bit of it. */
function look(machine) {
  return { list: machine.ask(LIST), contents: machine.ask(VERIFY) };
}

/** No sector was left to finish what a cut had begun: the table is listed, and neither of the two is proven. */
const isUndecided = ({ contents }) => decodeBody(contents).err?.rc === Refusal.FlashUnread;

/** `worn`: a flash that lost sectors may say so, in its state, or prove nothing any more. */
function same(a, b, worn) {
  if (worn && (isUndecided(a) || isUndecided(b))) return JSON.stringify(slotsOf(a)) === JSON.stringify(slotsOf(b));
  if (!a.contents.equals(b.contents)) return false;
  if (a.list.equals(b.list)) return true;
  if (!worn) return false;
  const [x, y] = [decodeBody(a.list), decodeBody(b.list)];
  const sound = [FlashState.Ready, FlashState.Blank, FlashState.Worn];
  if (!sound.includes(x.state) || !sound.includes(y.state)) return false;
  return JSON.stringify({ ...x, state: 0 }) === JSON.stringify({ ...y, state: 0 });
}

const slotsOf = ({ list }) => decodeBody(list).slots;

function text({ list }) {
  const { state, gen, slots } = decodeBody(list);
  return `${FlashState[state]}, generation ${gen}: ${slots.map((slot) => slot?.pan ?? (slot === false ? 'unreadable' : '–')).join(' ')}`;
}

/** A further change, its answer, and the table after it. */
function doNext(machine, packet) {
  return { packet, answer: machine.ask(packet), table: look(machine) };
}

function nextFor(table) {
  return decodeBody(table.list).slots[6] === null ? BIND_NEXT : UNBIND_NEXT;
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
  const answer = machine.ask(step.packet);
  const { err, rc } = decodeBody(answer);
  if (err ?? rc) throw new Violation(`refused though nothing struck: ${step.what}`);
  done.onOperation = undefined;
  const table = look(machine);
  const read = done.branch();
  machine.boot(read);
  if (!same(look(machine), table, false))
    throw new Violation(`not there after a boot, though nothing struck: ${step.what}`);
  return { nor, done, step, operations, answer, before, after: { table, next: doNext(machine, nextFor(table)) } };
}

/**
 * Runs a case. Answers the flash as it is at the end, and with `record` the operations that followed the first event: those of the step
 * and of the recovery, and those of the change after that. Throws a Violation, and whatever the firmware traps with.
 */
export function trial(machine, { nor: start, step, answer, before, after }, events, { log, record } = {}) {
  const nor = start.branch();
  const followers = [];
  const nexts = [];
  const watch = (list, from) => {
    if (!record && !log) return undefined;
    let count = 0;
    return (operation) => {
      if (count++ >= from) list.push(operation);
      log?.(`  ${operation.kind} ${operation.bytes} bytes at 0x${operation.address.toString(16)}`);
    };
  };
  machine.boot(nor);
  log?.(`${step.what}: ${text(before.table)}`);
  const early = events.filter(({ next }) => !next);
  nor.onOperation = watch(followers, early[0].after + 1);
  const kept = change(machine, nor, { packet: step.packet, answer, before, after }, early, log);
  log?.('another change');
  nor.onOperation = watch(nexts, 0);
  const { packet, answer: good, table } = kept.next;
  const late = events.filter(({ next }) => next);
  change(machine, nor, { packet, answer: good, before: kept, after: { table } }, late, log);
  return { nor, followers, nexts };
}

/** Makes a change while events strike, and sees the terminal through what follows. Answers the side on which it ends. */
function change(machine, nor, { packet, answer, before, after }, events, log) {
  nor.strike(...events);
  const acknowledged = perform(machine, nor, packet, answer, log);
  if (acknowledged !== undefined && events.length > 0) {
    const expected = acknowledged ? after : before;
    const holds = look(machine);
    if (!same(holds, expected.table, nor.failed.size > 0)) {
      throw new Violation(`answered ${acknowledged}, and holds ${text(holds)}`);
    }
    if (acknowledged && after.next) goOn(machine, nor.branch(), after, log);
  }
  let boots = 0;
  while (!powerOn(machine, nor, log)) if (++boots > events.length) throw new Violation('more cuts than were planned');
  nor.strike();
  nor.onOperation = undefined;
  const found = look(machine);
  log?.(`boot: ${text(found)}`);
  const legal = acknowledged ? [after] : [after, before];
  const kept = legal.find(({ table }) => same(found, table, nor.failed.size > 0));
  if (!kept) throw new Violation(`${acknowledged ? 'acknowledged, and' : 'neither before nor after:'} ${text(found)}`);
  if (events.length > 0 || nor.weakCells.length > 0) bootAgain(machine, nor, found, log);
  return kept;
}

/**
 * On a flash that failed, another change is as good before a boot as behind one. What was refused for a worn-out flash may turn out to be
 * done at a boot.
 */
function goOn(machine, nor, { table, next }, log) {
  machine.move(nor);
  log?.('another change, without a boot');
  const acknowledged = perform(machine, nor, next.packet, next.answer, log);
  machine.boot(nor);
  const found = look(machine);
  const legal = acknowledged ? [next.table] : [next.table, table];
  if (!legal.some((one) => same(found, one, nor.failed.size > 0))) {
    throw new Violation(`gone on without a boot, and then found ${text(found)}`);
  }
}

/** Whether the change was acknowledged or refused, or undefined where the power went. */
function perform(machine, nor, packet, expected, log) {
  let answer;
  try {
    answer = machine.ask(packet);
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
    log?.('the power goes');
    return undefined;
  }
  if (answer.equals(expected)) {
    log?.('acknowledged');
    return true;
  }
  log?.(`refused: ${JSON.stringify(decodeBody(answer))}`);
  // One sector may fail at any time. Where two fail in a row, no third one need be free of records that are in use.
  const failing = nor.failed.size;
  const readOnly = failing > 1 || (failing > 0 && nor.geometry.sectorCount < 3);
  if (!readOnly || ![Refusal.FlashWorn, Refusal.FlashUnread].includes(decodeBody(answer).err?.rc)) {
    throw new Violation(`answered ${JSON.stringify(decodeBody(answer))}`);
  }
  return false;
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
function bootAgain(machine, nor, table, log) {
  const weak = nor.weakCells.length > 0;
  for (let noise = 1; noise <= (weak ? WEAK_BOOTS : 1); noise++) {
    if (weak) nor.seedNoise(noise);
    const writes = writesOf(nor);
    machine.boot(nor);
    const again = look(machine);
    log?.(`boot again: ${text(again)}`);
    if (!same(again, table, nor.failed.size > 0)) throw new Violation(`a further boot finds ${text(again)}`);
    if (weak || nor.failed.size > 0 || writesOf(nor) === writes) continue;
    // What a cut left of the very first table goes once there is another. Then there is nothing more to do.
    const tidied = writesOf(nor);
    machine.boot(nor);
    if (writesOf(nor) !== tidied) throw new Violation('boots go on writing');
  }
}

function writesOf(nor) {
  return nor.programs + nor.erases.reduce((sum, count) => sum + count);
}
