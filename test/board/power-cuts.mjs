// Kills QEMU at random moments while cards are bound, unbound and replaced on a board, and looks what is there afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Role } from '../../build/assembly/protocol.js';
import { QemuBoard } from '../../build/host/sim/board/qemu-board.js';
import { seededRandom } from '../../build/host/emulator/index.js';
import { PUBLISHED_TEST_NUMBERS } from '../../build/host/fleet/test-numbers.js';
import { linkFromAddress, OctobindError, Terminal } from '../../build/host/index.js';

const { values } = parseArgs({
  options: {
    board: { type: 'string', default: 'emcraft-sf2' },
    cuts: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const cuts = Number(values.cuts);
const random = seededRandom(Number(values.seed));
const below = (limit) => Math.floor(random() * limit);

/** One for each slot. */
const NUMBERS = [...PUBLISHED_TEST_NUMBERS].slice(0, 8);
const NAME = 'ZHANG SAN';
const LONGEST_MS = 600;

const dir = mkdtempSync(join(tmpdir(), 'octobind-cuts-'));
const board = new QemuBoard({ board: values.board, flash: join(dir, 'flash'), serial: 'OB-CUTS' });
const tmk = new Uint8Array(32).fill(0x51);
const open = () => new Terminal(linkFromAddress(board.address), { key: () => Uint8Array.from(tmk) });

const masked = (pan) => pan.slice(0, 6) + '*'.repeat(pan.length - 10) + pan.slice(-4);

/** The card of each slot, null where there is none. */
let held = Array(NUMBERS.length).fill(null);
let underWay;
let acknowledged = 0;

function card(pan, cards) {
  const free = !cards.some((other) => other?.role === Role.Settlement);
  return { pan, name: NAME, role: free && below(3) === 0 ? Role.Settlement : Role.Payment };
}

/** All eight slots anew: other cards, in another order. */
function otherTable() {
  const next = [];
  const left = [...NUMBERS];
  while (left.length > 0) {
    const [pan] = left.splice(below(left.length), 1);
    next.push(random() < 0.5 ? card(pan, next) : null);
  }
  return next;
}

async function change(terminal) {
  const slot = below(NUMBERS.length);
  if (below(4) === 0) {
    underWay = otherTable();
    await terminal.replace(underWay, null);
  } else if (held[slot]) {
    underWay = held.with(slot, null);
    await terminal.unbind(slot + 1, null);
  } else {
    const free = NUMBERS.filter((pan) => !held.some((other) => other?.pan === pan));
    underWay = held.with(slot, card(free[below(free.length)], held));
    await terminal.bind({ ...underWay[slot], slot: slot + 1 }, null);
  }
  held = underWay;
  underWay = undefined;
  acknowledged++;
}

/** Changes the table until the power goes. */
async function workUntilCut(terminal) {
  let cut = false;
  const killing = delay(below(LONGEST_MS)).then(async () => {
    cut = true;
    await board.powerCut();
    await terminal.close();
  });
  try {
    while (!cut) await change(terminal);
  } catch (error) {
    if (!cut || !(error instanceof OctobindError)) throw error;
  }
  await killing;
}

async function look() {
  const terminal = open();
  const { slots } = await terminal.list();
  await terminal.close();
  return slots.map((slot) => slot && { pan: slot.pan, role: slot.role });
}

/** A table as `list` answers it. */
const shown = (cards) => JSON.stringify(cards?.map((each) => each && { pan: masked(each.pan), role: each.role }));

let failures = 0;
let inside = 0;
const began = performance.now();
try {
  await board.powerOn();
  const first = open();
  await first.loadKey(tmk, { inClear: 'OB-CUTS' });
  await first.close();
  for (let cut = 1; cut <= cuts; cut++) {
    const terminal = open();
    await terminal.list();
    await workUntilCut(terminal);
    await board.powerOn();
    const found = JSON.stringify(await look());
    const isOld = found === shown(held);
    const isNew = underWay !== undefined && found === shown(underWay);
    if (underWay !== undefined) inside++;
    if (!isOld && !isNew) {
      failures++;
      console.error(
        `cut ${cut}: found ${found}, acknowledged ${shown(held)}, under way ${shown(underWay) ?? 'nothing'}`,
      );
      break;
    }
    if (isNew) held = underWay;
    underWay = undefined;
    if (cut % 20 === 0)
      console.error(`${cut} of ${cuts} cuts, ${acknowledged} changes acknowledged, ${failures} failures`);
  }
} finally {
  await board.powerCut();
  rmSync(dir, { recursive: true });
}
const seconds = Math.round((performance.now() - began) / 1000);
console.log(JSON.stringify({ cuts, inside, acknowledged, failures, seconds }));
process.exitCode = failures > 0 || inside === 0 ? 1 : 0;
