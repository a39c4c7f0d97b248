// Kills QEMU at random moments while cards are bound, unbound and replaced on a board, and looks
// what is there afterwards: `npm run test:board -- [--board NAME] [--cuts N] [--seed N]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { seededRandom } from '../../host/emulator/index.js';
import { PUBLISHED_TEST_NUMBERS } from '../../host/fleet/test-numbers.js';
import { type Card, CardJudge, linkFromAddress, OctobindError, Role, Terminal } from '../../host/index.js';
import { BOARDS } from '../../host/sim/board/machines.js';
import { QemuBoard } from '../../host/sim/board/qemu-board.js';
import { Chooser } from '../support/choose.js';

const { values } = parseArgs({
  options: {
    board: { type: 'string', default: 'emcraft-sf2' },
    cuts: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
const cuts = Number(values.cuts);
const choose = new Chooser(seededRandom(Number(values.seed)));
const name = BOARDS.find((board) => board === values.board);
if (name === undefined) {
  console.error(`There is no board ${values.board}. There are: ${BOARDS.join(', ')}.`);
  process.exit(2);
}

const SERIAL = 'OB-CUTS';
/** One for each slot. */
const NUMBERS = [...PUBLISHED_TEST_NUMBERS].slice(0, 8);
const LONGEST_MS = 600;

/** The card of each slot; null if it is empty. */
type Cards = readonly (Card | null)[];

const dir = mkdtempSync(join(tmpdir(), 'octobind-cuts-'));
const board = new QemuBoard({ board: name, flash: join(dir, 'flash'), serial: SERIAL });
const tmk = new Uint8Array(32).fill(0x51);
const open = (): Terminal => new Terminal(linkFromAddress(board.address), { key: () => Uint8Array.from(tmk) });
const judge = new CardJudge();

let held: Cards = NUMBERS.map(() => null);
let underWay: Cards | undefined;
let acknowledged = 0;

function card(pan: string, cards: Cards): Card {
  const free = !cards.some((other) => other?.role === Role.Settlement);
  return { pan, name: 'ZHANG SAN', role: free && choose.below(3) === 0 ? Role.Settlement : Role.Payment };
}

/** All eight slots anew: other cards, in another order. */
function otherTable(): Cards {
  const next: (Card | null)[] = [];
  const left = [...NUMBERS];
  while (left.length > 0) {
    for (const pan of left.splice(choose.below(left.length), 1)) {
      next.push(choose.random() < 0.5 ? card(pan, next) : null);
    }
  }
  return next;
}

async function change(terminal: Terminal): Promise<void> {
  const index = choose.below(NUMBERS.length);
  const slot = index + 1;
  if (choose.below(4) === 0) {
    underWay = otherTable();
    await terminal.replace(underWay, null);
  } else if (held[index]) {
    underWay = held.with(index, null);
    await terminal.unbind(slot, null);
  } else {
    const free = NUMBERS.filter((pan) => !held.some((other) => other?.pan === pan));
    const bound = card(choose.pick(free), held);
    underWay = held.with(index, bound);
    await terminal.bind({ ...bound, slot }, null);
  }
  held = underWay;
  underWay = undefined;
  acknowledged++;
}

/** Changes the table until the power goes. */
async function workUntilCut(terminal: Terminal): Promise<void> {
  const power = { isCut: false };
  const killing = delay(choose.below(LONGEST_MS)).then(async () => {
    power.isCut = true;
    await board.powerCut();
    await terminal.close();
  });
  try {
    while (!power.isCut) await change(terminal);
  } catch (error) {
    if (!power.isCut || !(error instanceof OctobindError)) throw error;
  }
  await killing;
}

/** The table that is on the board, as text. */
async function look(): Promise<string> {
  const terminal = open();
  const { slots } = await terminal.list();
  await terminal.close();
  return JSON.stringify(slots.map((slot) => (slot === null || slot === 'damaged' ? slot : [slot.pan, slot.role])));
}

/** A table as `look` would find it. */
const shown = (cards: Cards): string => JSON.stringify(cards.map((one) => one && [judge.mask(one.pan), one.role]));

let failures = 0;
let inside = 0;
const began = performance.now();
try {
  await board.powerOn();
  const first = open();
  await first.loadKey(tmk, { inClear: SERIAL });
  await first.close();
  for (let cut = 1; cut <= cuts && failures === 0; cut++) {
    const terminal = open();
    await terminal.list();
    await workUntilCut(terminal);
    await board.powerOn();
    const found = await look();
    if (underWay !== undefined) inside++;
    if (underWay !== undefined && found === shown(underWay)) held = underWay;
    else if (found !== shown(held)) {
      failures++;
      const pending = underWay === undefined ? 'nothing' : shown(underWay);
      console.error(`cut ${cut}: found ${found}, acknowledged ${shown(held)}, under way ${pending}`);
    }
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
