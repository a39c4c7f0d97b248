// Makes a trace: a terminal is recorded while everything that can happen to one happens to it, at random. The same seed makes the same operations; keys and
// nonces of the host are others each time.
import { Group, KeySlot, Op, OsCommand, MenuUser, SessionCommand } from '../../build/assembly/protocol.js';
import { systemClock } from '../../build/host/clock.js';
import {
  emulatedLink,
  EmulatedTerminal,
  KeyStore,
  Nor,
  PowerCut,
  Rtc,
  seededRandom,
} from '../../build/host/emulator/index.js';
import { PUBLISHED_TEST_NUMBERS } from '../../build/host/fleet/test-numbers.js';
import { OctobindError, Terminal } from '../../build/host/index.js';
import { Handshake } from '../../build/host/session/noise.js';
import { makeFrame } from '../fuzz/frames.mjs';

const NUMBERS = [...PUBLISHED_TEST_NUMBERS];
const NAMES = ['ZHANG SAN', '阿依古丽•买买提', 'ADA LOVELACE', '李四'];
const PASSWORDS = ['open sesame 1', 'Open Sesame 22', 'shut sesame 3'];
const SLOTS = 8;
const FRAMES_OF_A_SECTOR = 45;
const TORN_BYTES = 110;
/** Whoever waits for a terminal that is off does so in vain. */
const PATIENCE = { timeoutMs: 8, tries: 2, deadlineMs: 100 };

/** Runs `count` operations; answers the trace's lines. */
export async function makeTrace(seed, count) {
  const random = seededRandom(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];
  const lines = [];

  // Near the end of 32 bits, so that some clocks wrap around.
  let ahead = pick([0, 2 ** 32 - 5_000]);
  const clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const serial = `OB REPLAY ${seed}`;
  const tmk = new Uint8Array(32).fill(1 + (seed % 250));
  const parts = {
    serial,
    nor: new Nor(),
    keys: new KeyStore({ passwordRounds: 2 }),
    rtc: new Rtc(Date.now, random() < 0.5),
    clock,
  };
  // Some have a past, which the trace begins with.
  if (random() < 0.6) {
    const before = new EmulatedTerminal(parts);
    before.powerOn();
    await over(before, tmk, async (terminal) => {
      await terminal.loadKey(tmk, { inClear: serial });
      if (random() < 0.3) await terminal.setPasswords({ operator: PASSWORDS[0], administrator: PASSWORDS[1] });
      for (let bind = below(FRAMES_OF_A_SECTOR); bind > 0; bind--) await change(terminal);
    });
    before.powerOff();
  } else if (random() < 0.5) {
    parts.keys.set(KeySlot.Root, new Uint8Array(32).fill(9)).set(KeySlot.Master, tmk);
  }

  const device = new EmulatedTerminal({ ...parts, observe: (line) => lines.push(line) });
  device.powerOn();
  await over(device, tmk, async (terminal) => {
    await attempt(() => terminal.loadKey(tmk, { inClear: serial }));
    for (let i = 0; i < count; i++) await attempt(() => operate(terminal));
  });
  device.powerOff();
  return lines;

  function card() {
    return { pan: pick(NUMBERS), name: pick(NAMES), role: 1 + below(2) };
  }

  async function change(terminal) {
    const kind = below(10);
    if (kind < 4) await attempt(() => terminal.bind(card(), null));
    else if (kind < 5) await attempt(() => terminal.bind({ ...card(), slot: 1 + below(SLOTS) }, null));
    else if (kind < 8) await attempt(() => terminal.unbind(1 + below(SLOTS), null));
    else {
      const wishes = Array.from({ length: SLOTS }, () => pick([null, 'keep', card()]));
      await attempt(() => terminal.replace(wishes, null));
    }
  }

  function tear() {
    return pick([
      { kind: 'prefix', bytes: below(TORN_BYTES) },
      { kind: 'suffix', bytes: below(TORN_BYTES) },
      { kind: 'random', sixteenths: below(17), seed: below(1000) },
      { kind: 'weak', cell: below(300), others: pick(['all', 'none', 'before']) },
    ]);
  }

  async function operate(terminal) {
    if (!device.isOn) device.powerOn();
    ahead += random() < 0.2 ? below(12_000) : below(50);
    const kind = random() * 100;
    if (kind < 45) await change(terminal);
    else if (kind < 52) await terminal.list();
    else if (kind < 56) await terminal.verify(Buffer.alloc(8 + below(24), seed));
    else if (kind < 59) await terminal.echo('x'.repeat(below(1500)));
    else if (kind < 62) await terminal.setDatetime(new Date(below(2 ** 31) * 1000));
    else if (kind < 65) await terminal.datetime();
    else if (kind < 68) await terminal.stats(pick(await terminal.statGroups()));
    else if (kind < 75) for (let i = below(20); i > 0; i--) device.receive(makeFrame(random));
    else if (kind < 78) await terminal.smp.request({ op: Op.Write, group: Group.Os, command: OsCommand.Reset });
    else if (kind < 82) device.powerOff();
    else if (kind < 90) {
      device.nor.strike({ after: below(4), tear: tear(), outcome: 'cut' });
      for (let i = 0; i < 3 && device.isOn; i++) await change(terminal);
    } else if (kind < 92) {
      device.nor.strike({ after: below(3), tear: tear(), outcome: 'fail' });
      for (let i = 0; i < 3; i++) await change(terminal);
    } else if (kind < 94) await terminal.unlock(MenuUser.Operator, pick(PASSWORDS));
    else if (kind < 95) await terminal.setPasswords({ operator: PASSWORDS[0], administrator: PASSWORDS[1] });
    else if (kind < 96) {
      const stranger = new Handshake(Buffer.from(`octobind session 1${serial}`), new Uint8Array(32));
      const body = { d: new Uint8Array(stranger.first()) };
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
}

async function over(device, tmk, what) {
  const terminal = new Terminal(emulatedLink(device), { ...PATIENCE, key: () => Uint8Array.from(tmk) });
  try {
    await what(terminal);
  } finally {
    await terminal.close();
  }
}

/** What a terminal refuses, or does not answer because it is off, is a part of what is recorded. */
async function attempt(what) {
  try {
    await what();
  } catch (error) {
    if (!(error instanceof OctobindError) && !(error instanceof PowerCut)) throw error;
  }
}
