// What must hold beside power cuts: a terminal proves only a table that the anchor vouches for,
// and its generation never falls. Each case does to a flash, or to the anchor, what no power cut
// does, and looks at what the terminal makes of it.
import { FlashState, HalError, Refusal, Register } from '../../assembly/protocol.js';
import { PowerCut } from '../../host/emulator/nor.js';
import { decodeBody } from '../../host/smp/packet.js';
import { answerError } from '../../host/smp/result.js';
import { generationIn, refusalIn, type Table, tableIn } from './answers.js';
import { Unknown, Violation } from './errors.js';
import type { Durable } from './flash.js';
import type { Machine } from './machine.js';
import { type Log, type Situation, writesOf } from './trial.js';
import { FORMAT, LIST, VERIFY } from './workload.js';

/** A header, and the middle of the first frame behind it: docs/STORE.md. */
const HEADER = 36;
const INNER = 20;
const INNER_BYTES = 20;
/** Of the anchor, which is a generation and two digests. */
const DIGEST = 14;
const ANCHOR: number = Register.Anchor;

type Rule = (machine: Machine, situation: Situation, log?: Log) => void;

/** Makes flash images from a step, each of which its terminal finds once the step is done. */
type Tampering = (situation: Situation) => Uint8Array[];

const TAMPERINGS: Record<string, Tampering> = {
  older: ({ nor }) => [nor.snapshot()],
  'older-spoiled': (situation) => spoiled(situation, situation.nor.snapshot()),
  spoiled: (situation) => spoiled(situation, situation.done.snapshot()),
  'no-headers': ({ done }) => {
    const image = done.snapshot();
    const { sectorBytes } = done.geometry;
    for (let at = 0; at < image.length; at += sectorBytes) image.fill(0, at, at + HEADER);
    return [image];
  },
  erased: ({ done }) => [done.snapshot().fill(0xff)],
  zeros: ({ done }) => [done.snapshot().fill(0)],
};

/** An image for each sector in use, with wrong bytes in the sector's first frame. */
function spoiled({ done }: Situation, image: Uint8Array): Uint8Array[] {
  const { sectorBytes, programUnit } = done.geometry;
  const from = Math.ceil(HEADER / programUnit) * programUnit + INNER;
  const images: Uint8Array[] = [];
  for (let sector = 0; sector < image.length; sector += sectorBytes) {
    if (image.subarray(sector, sector + sectorBytes).every((byte) => byte === 0xff)) continue;
    const other = image.slice();
    const inner = other.subarray(sector + from, sector + from + INNER_BYTES);
    inner.set(inner.map((byte) => byte ^ 0xff));
    images.push(other);
  }
  return images;
}

const CASES = new Map<string, Rule>([
  ...Object.entries(TAMPERINGS).map(([name, make]): [string, Rule] => [
    name,
    (machine, situation, log) => tampered(make, machine, situation, log),
  ]),
  ['unread', failingReads],
  ['unread-anchor', unreadAnchor],
  ['former-anchor', formerAnchor],
  ['unkept', unkept],
]);

export const RULES: readonly string[] = [...CASES.keys()];

/** Runs one case of a situation. Throws a Violation, and whatever the firmware traps with. */
export function ruleTrial(machine: Machine, situation: Situation, name: string, log?: Log): void {
  const rule = CASES.get(name);
  if (!rule) throw new Unknown(`no such rule: ${name}`);
  rule(machine, situation, log);
}

const listed = (machine: Machine): Table => tableIn(machine.ask(LIST));

function must(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what);
}

/**
 * The terminal finds the newest table there, or it proves nothing; and a format goes on after the
 * newest generation.
 */
function tampered(make: Tampering, machine: Machine, situation: Situation, log: Log | undefined): void {
  const { done, after } = situation;
  const newest = tableIn(after.table.list).gen;
  for (const image of make(situation)) {
    const nor = done.branch();
    nor.load(image);
    machine.boot(nor);
    const { state, gen } = listed(machine);
    const proof = machine.ask(VERIFY);
    log?.(`found ${FlashState[state]}, generation ${gen}`);
    if (refusalIn(proof) === undefined) {
      must(proof.equals(after.table.contents), `proves a table that is not the newest, in state ${FlashState[state]}`);
      continue;
    }
    must(state === FlashState.Forged || state === FlashState.Damaged, `refuses a proof in state ${FlashState[state]}`);
    must(writesOf(nor) === 0, 'writes to a flash that it does not trust');
    must(gen >= newest, `shows generation ${gen} behind ${newest}`);
    const back = done.branch();
    machine.boot(back);
    must(machine.ask(VERIFY).equals(after.table.contents), 'does not take its own flash back');
    machine.boot(nor);
    const formatted = generationIn(machine.ask(FORMAT));
    must(formatted > newest, `formats to generation ${formatted} behind ${newest}`);
    machine.boot(nor);
    const { state: again, gen: kept } = listed(machine);
    must(again === FlashState.Ready && kept === formatted, `finds ${FlashState[again]}, ${kept} behind a format`);
  }
}

/** A terminal that failed to read something trusts nothing, and says so. */
function expectUnread(machine: Machine, nor: Durable): void {
  const { state } = listed(machine);
  must(state === FlashState.Damaged, `a read failed, and it finds ${FlashState[state]}`);
  must(refusalIn(machine.ask(VERIFY)) === Refusal.FlashUnread, 'proves what it could not read');
  must(writesOf(nor) === 0, 'writes to a flash that it could not read');
}

function failingReads(machine: Machine, { done, after }: Situation): void {
  const clean = done.branch();
  machine.boot(clean);
  const { reads } = clean;
  for (let failing = 0; failing < reads; failing++) {
    const nor = done.branch();
    const read = nor.read.bind(nor);
    let count = 0;
    nor.read = (address, into) => (count++ === failing ? HalError.Device : read(address, into));
    machine.boot(nor);
    expectUnread(machine, nor);
    nor.read = read;
    machine.boot(nor);
    must(machine.ask(VERIFY).equals(after.table.contents), 'loses a table that it could not read once');
  }
}

function unreadAnchor(machine: Machine, { done, after }: Situation): void {
  for (const flash of [done, erasedLike(done)]) {
    const nor = flash.branch();
    nor.onRegister = (how, id) => (how === 'get' && id === ANCHOR ? HalError.Device : 0);
    machine.boot(nor);
    expectUnread(machine, nor);
    must(refusalIn(machine.ask(FORMAT)) === Refusal.FlashFailed, 'formats without knowing the generation');
  }
  machine.boot(done.branch());
  must(machine.ask(VERIFY).equals(after.table.contents), 'loses a table whose anchor it could not read once');
}

function erasedLike(nor: Durable): Durable {
  const erased = nor.branch();
  erased.load(nor.snapshot().fill(0xff));
  return erased;
}

/** The anchor as HAL version 4 had it is converted in one step, whenever the power goes. */
function formerAnchor(machine: Machine, { done, after }: Situation, log?: Log): void {
  const former = done.branch();
  const anchor = former.registers[Register.Anchor];
  if (!anchor) throw new Violation('has no anchor');
  // Each digest had two bytes more, which nothing reads any more.
  const before = new Uint8Array(32);
  before.set(anchor.subarray(4, 4 + DIGEST));
  before.set(anchor.subarray(4 + DIGEST, 4 + 2 * DIGEST), 16);
  former.registers = { [Register.FormerAnchor]: before };
  let writes = 0;
  const whole = former.branch();
  whole.onRegister = (how) => {
    if (how === 'set') writes++;
    return 0;
  };
  machine.boot(whole);
  must(machine.ask(VERIFY).equals(after.table.contents), 'loses the table with its former anchor');
  must(writes > 0, 'does not convert a former anchor');
  for (let at = 0; at < writes; at++) {
    const nor = former.branch();
    let count = 0;
    nor.onRegister = (how) => {
      if (how === 'set' && count++ === at) throw new PowerCut();
      return 0;
    };
    try {
      machine.boot(nor);
      throw new Violation('the power did not go');
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
    }
    log?.(`the power goes before write ${at} of a register`);
    nor.onRegister = undefined;
    machine.boot(nor);
    must(machine.ask(VERIFY).equals(after.table.contents), 'loses the table in the conversion of its anchor');
    must(machine.ask(LIST).equals(after.table.list), 'lists another table behind the conversion of its anchor');
  }
}

/**
 * The anchor takes the announcement of the step's change, but not that it holds. Until it does,
 * the terminal acknowledges and proves nothing.
 */
function unkept(machine: Machine, { nor: start, step, answer, after }: Situation): void {
  const nor = start.branch();
  machine.boot(nor);
  let sets = 0;
  nor.onRegister = (how) => (how === 'set' && sets++ > 0 ? HalError.Device : 0);
  must(refusalIn(machine.ask(step.packet)) === Refusal.FlashFailed, 'acknowledges what an older image could undo');
  must(refusalIn(machine.ask(VERIFY)) === Refusal.FlashFailed, 'proves what an older image could undo');
  nor.onRegister = undefined;
  must(machine.ask(VERIFY).equals(after.table.contents), 'does not prove the table once its anchor is kept');
  must(answerError(decodeBody(answer)) === undefined, 'the step was refused');
}
