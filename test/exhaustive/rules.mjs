// What must hold beside power cuts: only a table that the anchor vouches for is proven, and the generation never falls. Each
// case does to a flash, or to the anchor, what no power cut does, and looks at what the terminal makes of it.
import { HalError, FlashState, Refusal, Register } from '../../build/assembly/protocol.js';
import { PowerCut } from '../../build/host/emulator/nor.js';
import { decodeBody } from '../../build/host/smp/packet.js';
import { Unknown, Violation } from './errors.mjs';
import { FORMAT, LIST, VERIFY } from './workload.mjs';

/** A header, and behind it the middle of the first frame: docs/STORE.md. */
const HEADER = 36;
const INNER = 20;
const INNER_BYTES = 20;
/** Of the anchor: a generation, and two digests. */
const DIGEST = 14;

/** Flashes of a terminal whose table is the one after the step, by what was done to them. */
const FLASHES = {
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

/** An image for each sector in use, with bytes of its first frame wrong. */
function spoiled({ done }, image) {
  const { sectorBytes, programUnit } = done.geometry;
  const from = Math.ceil(HEADER / programUnit) * programUnit + INNER;
  const images = [];
  for (let sector = 0; sector < image.length; sector += sectorBytes) {
    if (image.subarray(sector, sector + sectorBytes).every((byte) => byte === 0xff)) continue;
    const other = image.slice();
    for (let at = sector + from; at < sector + from + INNER_BYTES; at++) other[at] ^= 0xff;
    images.push(other);
  }
  return images;
}

const CASES = {
  ...Object.fromEntries(Object.entries(FLASHES).map(([name, make]) => [name, (...args) => tampered(make, ...args)])),
  unread: failingReads,
  'unread-anchor': unreadAnchor,
  'former-anchor': formerAnchor,
  unkept,
};

export const RULES = Object.keys(CASES);

/** Runs one case of a situation. Throws a Violation, and whatever the firmware traps with. */
export function ruleTrial(machine, situation, name, log) {
  if (!Object.hasOwn(CASES, name)) throw new Unknown(`no such rule: ${name}`);
  CASES[name](machine, situation, log);
}

const stateOf = (machine) => decodeBody(machine.ask(LIST));
const refusalOf = (answer) => decodeBody(answer).err?.rc;
const writesOf = (nor) => nor.programs + nor.erases.reduce((sum, count) => sum + count);

function must(holds, what) {
  if (!holds) throw new Violation(what);
}

/** What is found there is the newest table, or it proves nothing, and a format goes on behind the newest generation. */
function tampered(make, machine, situation, log) {
  const { done, after } = situation;
  const newest = decodeBody(after.table.list).gen;
  for (const image of make(situation)) {
    const nor = done.branch();
    nor.load(image);
    machine.boot(nor);
    const { state, gen } = stateOf(machine);
    const proof = machine.ask(VERIFY);
    log?.(`found ${FlashState[state]}, generation ${gen}`);
    if (refusalOf(proof) === undefined) {
      must(proof.equals(after.table.contents), `proves a table that is not the newest, in state ${FlashState[state]}`);
      continue;
    }
    must([FlashState.Forged, FlashState.Damaged].includes(state), `refuses a proof in state ${FlashState[state]}`);
    must(writesOf(nor) === 0, 'writes to a flash that it does not trust');
    must(gen >= newest, `shows generation ${gen} behind ${newest}`);
    const back = done.branch();
    machine.boot(back);
    must(machine.ask(VERIFY).equals(after.table.contents), 'does not take its own flash back');
    machine.boot(nor);
    const formatted = decodeBody(machine.ask(FORMAT)).gen;
    must(formatted > newest, `formats to generation ${formatted} behind ${newest}`);
    machine.boot(nor);
    const { state: again, gen: kept } = stateOf(machine);
    must(again === FlashState.Ready && kept === formatted, `finds ${FlashState[again]}, ${kept} behind a format`);
  }
}

/** A terminal that could not read something trusts nothing, and says so. */
function expectUnread(machine, nor) {
  const { state } = stateOf(machine);
  must(state === FlashState.Damaged, `a read failed, and it finds ${FlashState[state]}`);
  must(refusalOf(machine.ask(VERIFY)) === Refusal.FlashUnread, 'proves what it could not read');
  must(writesOf(nor) === 0, 'writes to a flash that it could not read');
}

function failingReads(machine, { done, after }) {
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

function unreadAnchor(machine, { done, after }) {
  for (const flash of [done, erasedLike(done)]) {
    const nor = flash.branch();
    nor.onRegister = (how, id) => (how === 'get' && id === Register.Anchor ? HalError.Device : 0);
    machine.boot(nor);
    expectUnread(machine, nor);
    must(refusalOf(machine.ask(FORMAT)) === Refusal.FlashFailed, 'formats without knowing the generation');
  }
  machine.boot(done.branch());
  must(machine.ask(VERIFY).equals(after.table.contents), 'loses a table whose anchor it could not read once');
}

function erasedLike(nor) {
  const erased = nor.branch();
  erased.load(nor.snapshot().fill(0xff));
  return erased;
}

/** The anchor as HAL version 4 had it: converted in one step, wherever the power goes. */
function formerAnchor(machine, { done, after }, log) {
  const former = done.branch();
  const anchor = former.registers[Register.Anchor];
  // The digests had two bytes more each, which nothing reads any more.
  const before = new Uint8Array(32);
  before.set(anchor.subarray(4, 4 + DIGEST));
  before.set(anchor.subarray(4 + DIGEST, 4 + 2 * DIGEST), 16);
  former.registers = { [Register.FormerAnchor]: before };
  let writes = 0;
  const whole = branchOf(former);
  whole.onRegister = (how) => {
    if (how === 'set') writes++;
    return 0;
  };
  machine.boot(whole);
  must(machine.ask(VERIFY).equals(after.table.contents), 'loses the table with its former anchor');
  must(writes > 0, 'does not convert a former anchor');
  for (let at = 0; at < writes; at++) {
    const nor = branchOf(former);
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

function branchOf(nor) {
  const branch = nor.branch();
  branch.registers = { ...nor.registers };
  return branch;
}

/** The anchor takes the announcement of the step's change, and not that it holds: nothing is acknowledged or proven until it does. */
function unkept(machine, { nor: start, step, answer, after }) {
  const nor = start.branch();
  machine.boot(nor);
  let sets = 0;
  nor.onRegister = (how) => (how === 'set' && sets++ > 0 ? HalError.Device : 0);
  must(refusalOf(machine.ask(step.packet)) === Refusal.FlashFailed, 'acknowledges what an older image could undo');
  must(refusalOf(machine.ask(VERIFY)) === Refusal.FlashFailed, 'proves what an older image could undo');
  nor.onRegister = undefined;
  must(machine.ask(VERIFY).equals(after.table.contents), 'does not prove the table once its anchor is kept');
  must(!decodeBody(answer).err, 'the step was refused');
}
