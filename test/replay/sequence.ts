// Makes a trace: records a terminal to which everything happens that can happen to one, at random.
// The same seed makes the same operations; keys and nonces of the host are others each time.
import { Group, KeySlot, MenuUser, Op, OsCommand, SessionCommand } from '../../assembly/protocol.js';
import { type Clock, systemClock } from '../../host/clock.js';
import {
  emulatedLink,
  EmulatedTerminal,
  KeyStore,
  Nor,
  PowerCut,
  Rtc,
  seededRandom,
  type Tear,
} from '../../host/emulator/index.js';
import { PUBLISHED_TEST_NUMBERS } from '../../host/fleet/test-numbers.js';
import { type Card, OctobindError, Role, type SlotWish, Terminal } from '../../host/index.js';
import { Handshake } from '../../host/session/noise.js';
import { makeFrame } from '../fuzz/frames.js';
import { Chooser } from '../support/choose.js';

const NUMBERS = [...PUBLISHED_TEST_NUMBERS];
const NAMES = ['ZHANG SAN', '阿依古丽•买买提', 'ADA LOVELACE', '李四'];
const PASSWORDS = { operator: '482951', administrator: '70418263' };
const GUESSES = [...Object.values(PASSWORDS), '915037'];
const SLOTS = 8;
const FRAMES_OF_A_SECTOR = 45;
const TORN_BYTES = 110;
/** Whoever waits for a terminal that is off does so in vain. */
const PATIENCE = { timeoutMs: 8, tries: 2, deadlineMs: 100 };

/** Runs `count` operations. Returns the lines of the trace. */
export async function makeTrace(seed: number, count: number): Promise<string[]> {
  const choose = new Chooser(seededRandom(seed));
  const { random } = choose;
  const lines: string[] = [];

  // Near the end of 32 bits, so that some clocks wrap around.
  let ahead = choose.pick([0, 2 ** 32 - 5_000]);
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const serial = `OB REPLAY ${seed}`;
  const tmk = new Uint8Array(32).fill(1 + (seed % 250));
  const parts = {
    serial,
    nor: new Nor(),
    keys: new KeyStore({ passwordRounds: 2 }),
    rtc: new Rtc(Date.now, random() < 0.5),
    clock,
  };
  // Some have a past, with which the trace begins.
  if (random() < 0.6) {
    const before = new EmulatedTerminal(parts);
    before.powerOn();
    await over(before, tmk, async (terminal) => {
      await terminal.loadKey(tmk, { inClear: serial });
      if (random() < 0.3) await terminal.setPasswords(PASSWORDS);
      for (let bind = choose.below(FRAMES_OF_A_SECTOR); bind > 0; bind--) await change(choose, terminal);
    });
    before.powerOff();
  } else if (random() < 0.5) {
    parts.keys.set(KeySlot.Root, new Uint8Array(32).fill(9)).set(KeySlot.Master, tmk);
  }

  const device = new EmulatedTerminal({ ...parts, observe: (line) => lines.push(line) });
  device.powerOn();
  await over(device, tmk, async (terminal) => {
    await attempt(() => terminal.loadKey(tmk, { inClear: serial }));
    for (let i = 0; i < count; i++) {
      if (!device.isOn) device.powerOn();
      ahead += random() < 0.2 ? choose.below(12_000) : choose.below(50);
      await attempt(() => operate(choose, device, terminal));
    }
  });
  device.powerOff();
  return lines;
}

function cardOf(choose: Chooser): Card {
  return { pan: choose.pick(NUMBERS), name: choose.pick(NAMES), role: choose.pick([Role.Payment, Role.Settlement]) };
}

async function change(choose: Chooser, terminal: Terminal): Promise<void> {
  const kind = choose.below(10);
  if (kind < 4) await attempt(() => terminal.bind(cardOf(choose), null));
  else if (kind < 5) await attempt(() => terminal.bind({ ...cardOf(choose), slot: 1 + choose.below(SLOTS) }, null));
  else if (kind < 8) await attempt(() => terminal.unbind(1 + choose.below(SLOTS), null));
  else {
    const wishes = Array.from({ length: SLOTS }, () => choose.pick<SlotWish>([null, 'keep', cardOf(choose)]));
    await attempt(() => terminal.replace(wishes, null));
  }
}

const setPolicy = (choose: Chooser, terminal: Terminal): Promise<unknown> =>
  terminal.setPolicy({ shop: choose.pick(['老张面馆', 'Shop']), slots: 4 + choose.below(5) }, null);

function tear(choose: Chooser): Tear {
  return choose.pick<Tear>([
    { kind: 'prefix', bytes: choose.below(TORN_BYTES) },
    { kind: 'suffix', bytes: choose.below(TORN_BYTES) },
    { kind: 'random', sixteenths: choose.below(17), seed: choose.below(1000) },
    { kind: 'weak', cell: choose.below(300), others: choose.pick(['all', 'none', 'before']) },
  ]);
}

/** Does one thing to a terminal that is on. */
async function operate(choose: Chooser, device: EmulatedTerminal, terminal: Terminal): Promise<void> {
  const { random } = choose;
  const kind = random() * 100;
  if (kind < 45) await change(choose, terminal);
  else if (kind < 48) await setPolicy(choose, terminal);
  else if (kind < 49) {
    const outcome = choose.pick(['cut', 'fail'] as const);
    device.policyNor.strike({ after: choose.below(2), tear: tear(choose), outcome });
    await setPolicy(choose, terminal);
    device.policyNor.strike();
  } else if (kind < 52) await terminal.list();
  else if (kind < 56) await terminal.verify(Buffer.alloc(8 + choose.below(24), 0x5e));
  else if (kind < 59) await terminal.echo('x'.repeat(choose.below(1500)));
  else if (kind < 62) await terminal.setDatetime(new Date(choose.below(2 ** 31) * 1000));
  else if (kind < 65) await terminal.datetime();
  else if (kind < 68) await terminal.stats(choose.pick(await terminal.statGroups()));
  else if (kind < 75) for (let i = choose.below(20); i > 0; i--) device.receive(makeFrame(random));
  else if (kind < 78) await terminal.smp.request({ op: Op.Write, group: Group.Os, command: OsCommand.Reset });
  else if (kind < 82) device.powerOff();
  else if (kind < 90) {
    device.nor.strike({ after: choose.below(4), tear: tear(choose), outcome: 'cut' });
    for (let i = 0; i < 3 && device.isOn; i++) await change(choose, terminal);
  } else if (kind < 92) {
    device.nor.strike({ after: choose.below(3), tear: tear(choose), outcome: 'fail' });
    for (let i = 0; i < 3; i++) await change(choose, terminal);
  } else if (kind < 94) await terminal.unlock(MenuUser.Operator, choose.pick(GUESSES));
  else if (kind < 95) await terminal.setPasswords(PASSWORDS);
  else if (kind < 96) {
    const stranger = new Handshake(Buffer.from(`octobind session 1${device.serial}`), new Uint8Array(32));
    const body = { d: stranger.first() };
    await terminal.smp.request({ op: Op.Write, group: Group.Session, command: SessionCommand.Open, body });
  } else if (kind < 97) await terminal.selfTest();
  else if (kind < 98) {
    device.nor.strike();
    await terminal.format();
  } else if (kind < 99) {
    device.powerOff();
    device.nor.load(device.nor.snapshot().map((byte) => (random() < 1e-4 ? byte ^ 1 : byte)));
  } else if (kind > 99.7) device.tamper();
  else await terminal.params();
}

async function over(
  device: EmulatedTerminal,
  tmk: Uint8Array,
  what: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = new Terminal(emulatedLink(device), { ...PATIENCE, key: () => Uint8Array.from(tmk) });
  try {
    await what(terminal);
  } finally {
    await terminal.close();
  }
}

/** A refusal is part of the trace, and so is a terminal that is off and does not answer. */
async function attempt(what: () => Promise<unknown>): Promise<void> {
  try {
    await what();
  } catch (error) {
    if (!(error instanceof OctobindError) && !(error instanceof PowerCut)) throw error;
  }
}
