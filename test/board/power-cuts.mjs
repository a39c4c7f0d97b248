// Kills QEMU at random moments while cards are bound, unbound and replaced on a board, and looks what is there afterwards.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { QemuBoard } from '../../build/host/board/board.js';
import { seededRandom } from '../../build/host/emulator/index.js';
import { PUBLISHED_TEST_NUMBERS } from '../../build/host/fleet/test-numbers.js';
import { linkFromAddress, OctobindError, Terminal } from '../../build/host/index.js';

const { values } = parseArgs({
  options: { cuts: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const cuts = Number(values.cuts);
const random = seededRandom(Number(values.seed));
const below = (limit) => Math.floor(random() * limit);

/** One for each slot. */
const NUMBERS = [...PUBLISHED_TEST_NUMBERS].slice(0, 8);
const NAME = 'ZHANG SAN';
const LONGEST_MS = 600;

const dir = mkdtempSync(join(tmpdir(), 'octobind-cuts-'));
const board = new QemuBoard({ board: 'emcraft-sf2', flash: join(dir, 'flash'), serial: 'OB-CUTS' });
const tmk = new Uint8Array(32).fill(0x51);
const open = () => new Terminal(linkFromAddress(board.address), { key: () => Uint8Array.from(tmk) });

/** Which slots hold a card; each slot has a card of its own. */
let held = Array(NUMBERS.length).fill(false);
let underWay;
let acknowledged = 0;

async function change(terminal) {
  const slot = below(NUMBERS.length);
  const next = [...held];
  if (below(4) === 0) for (const index of next.keys()) next[index] = random() < 0.5;
  else next[slot] = !next[slot];
  underWay = next;
  const single = next.every((card, index) => index === slot || card === held[index]);
  if (!single) {
    await terminal.replace(
      next.map((card, index) => (card ? { pan: NUMBERS[index], name: NAME } : null)),
      null,
    );
  } else if (next[slot]) {
    await terminal.bind({ pan: NUMBERS[slot], name: NAME, slot: slot + 1 }, null);
  } else {
    await terminal.unbind(slot + 1, null);
  }
  held = next;
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
  return slots.map((slot) => slot !== null);
}

let failures = 0;
let inside = 0;
const began = performance.now();
try {
  await board.powerOn();
  const first = open();
  await first.loadKey(tmk);
  await first.close();
  for (let cut = 1; cut <= cuts; cut++) {
    const terminal = open();
    await terminal.list();
    await workUntilCut(terminal);
    await board.powerOn();
    const found = await look();
    const isOld = String(found) === String(held);
    const isNew = underWay !== undefined && String(found) === String(underWay);
    if (underWay !== undefined) inside++;
    if (!isOld && !isNew) {
      failures++;
      console.error(`cut ${cut}: found ${found}, acknowledged ${held}, under way ${underWay ?? 'nothing'}`);
    }
    held = found;
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
