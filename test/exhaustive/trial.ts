// One case: a step of the workload is struck, and its terminal is asked what the flash holds then.
import { FlashState, Refusal } from '../../assembly/protocol.js';
import { type FlashFault, type FlashOperation, type Nor, PowerCut } from '../../host/emulator/nor.js';
import { decodeBody } from '../../host/smp/packet.js';
import { answerError } from '../../host/smp/result.js';
import { refusalIn, tableIn } from './answers.js';
import { Unknown, Violation } from './errors.js';
import type { Durable } from './flash.js';
import type { Machine } from './machine.js';
import { parseTear } from './tears.js';
import { BIND_NEXT, LIST, type Step, UNBIND_NEXT, VERIFY } from './workload.js';

/** A flash with a weak cell is booted this often: the cell reads another way each time. */
const WEAK_BOOTS = 2;

const EVENT = /^(n?)(\d+)([cfs])\.(.+)$/;
const OUTCOMES: Partial<Record<string, FlashFault['outcome']>> = { c: 'cut', f: 'fail', s: 'done' };

/** Takes a trace of a case. */
export type Log = (line: string) => void;

/** What strikes an operation. */
export interface Event extends FlashFault {
  /** An operation of the change after the step. */
  readonly next: boolean;
}

/** The table as its owner sees it: two answers, the second of which depends on every bit of it. */
interface Seen {
  readonly list: Buffer;
  readonly contents: Buffer;
}

/** A table on which a change may end, and what another change then does. */
interface Side {
  readonly table: Seen;
  readonly next?: Change;
}

interface Change {
  readonly packet: Uint8Array;
  readonly answer: Buffer;
  readonly table: Seen;
}

/** What a step does if nothing strikes. */
export interface Situation {
  /** The flash before the step, and after it. */
  readonly nor: Durable;
  readonly done: Durable;
  readonly step: Step;
  readonly operations: readonly FlashOperation[];
  readonly answer: Buffer;
  readonly before: Required<Side>;
  readonly after: Required<Side>;
}

/**
 * Operations that were not there to be struck first: of step and recovery, and of the next change.
 */
export interface Followers {
  readonly followers: readonly FlashOperation[];
  readonly nexts: readonly FlashOperation[];
}

/**
 * `0c.prefix33` strikes the first operation and cuts the power. `2f.suffix4` lets two pass and
 * makes the third fail. `0s.stuck5` leaves a cell of the first as it was, without a word. With an
 * `n` before it, an event strikes the change that is made once the step is over.
 */
export function parseEvent(text: string): Event {
  const [, next, after, letter = '', tear] = EVENT.exec(text) ?? [];
  const outcome = OUTCOMES[letter];
  if (tear === undefined || outcome === undefined) throw new Unknown(`no such event: ${text}`);
  return { next: next === 'n', after: Number(after), outcome, tear: parseTear(tear) };
}

function look(machine: Machine): Seen {
  return { list: machine.ask(LIST), contents: machine.ask(VERIFY) };
}

/**
 * No sector was left to finish what a cut had begun: it lists a table, and proves neither of the
 * two.
 */
const isUndecided = ({ contents }: Seen): boolean => refusalIn(contents) === Refusal.FlashUnread;

const SOUND = [FlashState.Ready, FlashState.Blank, FlashState.Worn];

/** `worn`: a flash that lost sectors may say so in its state, or prove nothing any more. */
function same(a: Seen, b: Seen, worn: boolean): boolean {
  if (worn && (isUndecided(a) || isUndecided(b))) return JSON.stringify(slotsOf(a)) === JSON.stringify(slotsOf(b));
  if (!a.contents.equals(b.contents)) return false;
  if (a.list.equals(b.list)) return true;
  if (!worn) return false;
  const [x, y] = [tableIn(a.list), tableIn(b.list)];
  if (!SOUND.includes(x.state) || !SOUND.includes(y.state)) return false;
  return JSON.stringify({ ...x, state: 0 }) === JSON.stringify({ ...y, state: 0 });
}

const slotsOf = ({ list }: Seen): unknown => tableIn(list).slots;

function text({ list }: Seen): string {
  const { state, gen, slots } = tableIn(list);
  const shown = slots.map((slot) => (slot === false ? 'unreadable' : (slot?.pan ?? '–')));
  return `${FlashState[state]}, generation ${gen}: ${shown.join(' ')}`;
}

function doNext(machine: Machine, packet: Uint8Array): Change {
  return { packet, answer: machine.ask(packet), table: look(machine) };
}

function nextFor(table: Seen): Uint8Array {
  return tableIn(table.list).slots[6] === null ? BIND_NEXT : UNBIND_NEXT;
}

/** Does a step on a flash without striking it: the measure for its cases. */
export function prepare(machine: Machine, nor: Durable, step: Step): Situation {
  machine.boot(nor.branch());
  const was = look(machine);
  const before = { table: was, next: doNext(machine, nextFor(was)) };
  const done = nor.branch();
  const operations: FlashOperation[] = [];
  done.onOperation = (operation) => operations.push(operation);
  machine.boot(done);
  if (operations.length > 0) throw new Violation(`a boot after a clean stop writes, before ${step.what}`);
  const answer = machine.ask(step.packet);
  if (answerError(decodeBody(answer))) throw new Violation(`refused though nothing struck: ${step.what}`);
  done.onOperation = undefined;
  const table = look(machine);
  const read = done.branch();
  machine.boot(read);
  if (!same(look(machine), table, false))
    throw new Violation(`not there after a boot, though nothing struck: ${step.what}`);
  return { nor, done, step, operations, answer, before, after: { table, next: doNext(machine, nextFor(table)) } };
}

/**
 * Runs a case, whose first event strikes the step itself. Returns the flash as it is at the end,
 * and with `record` the operations that followed the first event. Throws a Violation, and whatever
 * the firmware traps with.
 */
export function trial(
  machine: Machine,
  { nor: start, step, answer, before, after }: Situation,
  events: readonly Event[],
  { log, record = false }: { log?: Log; record?: boolean } = {},
): Followers & { readonly nor: Durable } {
  const nor = start.branch();
  const followers: FlashOperation[] = [];
  const nexts: FlashOperation[] = [];
  const watch = (list: FlashOperation[], from: number): Nor['onOperation'] => {
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
  nor.onOperation = watch(followers, (early[0]?.after ?? 0) + 1);
  const kept = change(machine, nor, { packet: step.packet, answer, before, after }, early, log);
  log?.('another change');
  nor.onOperation = watch(nexts, 0);
  const { packet, answer: good, table } = kept.next;
  const late = events.filter(({ next }) => next);
  change<Side>(machine, nor, { packet, answer: good, before: kept, after: { table } }, late, log);
  return { nor, followers, nexts };
}

/** A change that is struck: its packet, its answer if it is made, and the two sides. */
interface Struck<S> {
  readonly packet: Uint8Array;
  readonly answer: Buffer;
  readonly before: S;
  readonly after: S;
}

/**
 * Makes a change while events strike, and follows the terminal through all that this causes.
 * Returns the side on which it ends.
 */
function change<S extends Side>(
  machine: Machine,
  nor: Durable,
  { packet, answer, before, after }: Struck<S>,
  events: readonly Event[],
  log: Log | undefined,
): S {
  nor.strike(...events);
  const acknowledged = perform(machine, nor, packet, answer, log);
  if (acknowledged !== undefined && events.length > 0) {
    const expected = acknowledged ? after : before;
    const holds = look(machine);
    if (!same(holds, expected.table, nor.failed.size > 0)) {
      throw new Violation(`answered ${String(acknowledged)}, and holds ${text(holds)}`);
    }
    if (acknowledged && after.next) goOn(machine, nor.branch(), after.table, after.next, log);
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
 * On a flash that failed, another change succeeds without a boot as it does after one. A change
 * that was refused because the flash is worn out may turn out to be done at a boot.
 */
function goOn(machine: Machine, nor: Durable, table: Seen, next: Change, log: Log | undefined): void {
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

/** Whether the change was acknowledged or refused; undefined if the power went. */
function perform(
  machine: Machine,
  nor: Durable,
  packet: Uint8Array,
  expected: Buffer,
  log: Log | undefined,
): boolean | undefined {
  let answer: Buffer;
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
  // One sector may fail at any time. If two fail in a row, there may be no third one that is free.
  const failing = nor.failed.size;
  const readOnly = failing > 1 || (failing > 0 && nor.geometry.sectorCount < 3);
  const refusal = refusalIn(answer);
  if (!readOnly || (refusal !== Refusal.FlashWorn && refusal !== Refusal.FlashUnread)) {
    throw new Violation(`answered ${JSON.stringify(decodeBody(answer))}`);
  }
  return false;
}

function powerOn(machine: Machine, nor: Durable, log: Log | undefined): boolean {
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

/**
 * The table stays over a boot, and over several if there are weak cells, which may read either
 * way.
 */
function bootAgain(machine: Machine, nor: Durable, table: Seen, log: Log | undefined): void {
  const weak = nor.weakCells.length > 0;
  for (let noise = 1; noise <= (weak ? WEAK_BOOTS : 1); noise++) {
    if (weak) nor.seedNoise(noise);
    const writes = writesOf(nor);
    machine.boot(nor);
    const again = look(machine);
    log?.(`boot again: ${text(again)}`);
    if (!same(again, table, nor.failed.size > 0)) throw new Violation(`a further boot finds ${text(again)}`);
    if (weak || nor.failed.size > 0 || writesOf(nor) === writes) continue;
    // A boot removes what a cut left of the very first table, once there is another. Then it is
    // done.
    const tidied = writesOf(nor);
    machine.boot(nor);
    if (writesOf(nor) !== tidied) throw new Violation('boots go on writing');
  }
}

/** Programs and erases since the branch was made. */
export function writesOf(nor: Nor): number {
  return nor.programs + nor.erases.reduce((sum, count) => sum + count);
}
