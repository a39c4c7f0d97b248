// Made the goldens. Run it in a checkout of the commit that their folder is named after, once it
// and the board linux are built:
//   node tools/run.mjs test/goldens/make.ts FOLDER
// A later commit never makes them anew: it must read those that are there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { MenuUser, Role } from '../../assembly/protocol.js';
import {
  DEFAULT_GEOMETRY,
  emulatedLink,
  EmulatedTerminal,
  type Geometry,
  KeyStore,
  Nor,
  type Tear,
} from '../../host/emulator/index.js';
import { generateMasterKey, readMasterKey } from '../../host/fleet/master-key.js';
import { type Card, type CardTable, linkFromAddress, Terminal, terminalKey } from '../../host/index.js';
import { FlashImage, KeyFile } from '../../host/sim/index.js';

const [folder = ''] = process.argv.slice(2);
if (folder === '') throw new Error('name the folder to make');
mkdirSync(folder, { recursive: true });
generateMasterKey(join(folder, 'keys'));
const master = await readMasterKey(join(folder, 'keys'));
const key = (serial: string): Uint8Array => terminalKey(master, serial);

/** Published test numbers. */
const CARDS = {
  visa: { pan: '4242424242424242', name: 'ZHANG SAN' },
  mastercard: { pan: '5555555555554444', name: 'ADA LOVELACE' },
  amex: { pan: '378282246310005', name: 'MARIA GARCIA' },
  unionpay: { pan: '6200000000000005', name: '阿依古丽·买买提' },
  unionpay19: { pan: '6205500000000000004', name: '张三' },
  jcb: { pan: '3566002020360505', name: 'LI SI' },
  discover: { pan: '6011111111111117', name: "O'BRIEN ANN" },
  maestro: { pan: '6759560045005727054', name: 'WANG WU' },
};
type Label = keyof typeof CARDS;
const LABELS = Object.keys(CARDS) as Label[];
const PASSWORDS = { operator: '123456', administrator: '87654321' };

async function bind(terminal: Terminal, label: Label, more: { role?: Role; slot?: number } = {}): Promise<void> {
  const card: Card = CARDS[label];
  await terminal.bind({ ...card, ...more }, null);
}

async function bindAll(terminal: Terminal): Promise<void> {
  for (const [index, label] of LABELS.entries()) {
    await bind(terminal, label, { role: index === 0 ? Role.Settlement : Role.Payment });
  }
}

/** Moves records from sector to sector. */
async function turnTheRing(terminal: Terminal, changes: number): Promise<void> {
  for (let i = 0; i < changes; i++) {
    await terminal.unbind(8, null);
    await bind(terminal, 'maestro', { slot: 8 });
  }
}

/** The power goes in the next program or erase. */
const cutIn = (tear: Tear) => (nor: Nor) => nor.strike({ after: 0, tear, outcome: 'cut' });

/** What is done to an emulated terminal. */
interface History {
  readonly geometry?: Geometry;
  readonly does: (terminal: Terminal, nor: Nor) => Promise<void>;
  /** Plans a cut of the power, which must come in `last`. */
  readonly cut?: { readonly plan: (nor: Nor) => void; readonly last: (terminal: Terminal) => Promise<void> };
}

const nothing = (): Promise<void> => Promise.resolve();

const EMULATED: Record<string, History> = {
  keyed: { does: nothing },
  'one-card': { does: (terminal) => bind(terminal, 'visa', { role: Role.Settlement }) },
  'three-cards': {
    does: async (terminal) => {
      for (const label of LABELS.slice(0, 3)) await bind(terminal, label);
    },
  },
  'in-service': {
    does: async (terminal) => {
      await bindAll(terminal);
      await turnTheRing(terminal, 50);
      await terminal.setPasswords(PASSWORDS);
      await terminal.unlock(MenuUser.Operator, 'not this').catch(() => undefined);
    },
  },
  'two-sectors-unit-16': {
    geometry: { sectorBytes: 4096, sectorCount: 2, programUnit: 16 },
    does: async (terminal) => {
      await bindAll(terminal);
      await turnTheRing(terminal, 40);
    },
  },
  'four-sectors-unit-8': {
    geometry: { sectorBytes: 4096, sectorCount: 4, programUnit: 8 },
    does: async (terminal) => {
      await bindAll(terminal);
      await turnTheRing(terminal, 30);
    },
  },
  emptied: {
    does: async (terminal) => {
      await bind(terminal, 'visa');
      await terminal.unbind(1, null);
    },
  },
  formatted: {
    does: async (terminal) => {
      await bindAll(terminal);
      await terminal.format();
      await bind(terminal, 'jcb');
    },
  },
  // The power went in the middle of the frame: the table is the old one.
  'cut-in-a-bind': {
    does: (terminal) => bind(terminal, 'visa'),
    cut: { plan: cutIn({ kind: 'prefix', bytes: 60 }), last: (terminal) => bind(terminal, 'amex') },
  },
  // All of the frame is there, and the anchor has only announced it: the table is the new one.
  'cut-behind-a-bind': {
    does: (terminal) => bind(terminal, 'visa'),
    cut: { plan: cutIn({ kind: 'prefix', bytes: 101 }), last: (terminal) => bind(terminal, 'amex') },
  },
  'cut-in-the-first-bind': {
    does: nothing,
    cut: { plan: cutIn({ kind: 'prefix', bytes: 20 }), last: (terminal) => bind(terminal, 'visa') },
  },
  // A sector failed, and is not used any more.
  'worn-sector': {
    does: async (terminal, nor) => {
      await bind(terminal, 'visa');
      nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 50 }, outcome: 'fail' });
      await bind(terminal, 'amex');
    },
  },
};

/** What a terminal lists. */
function holds({ generation, state, slots }: CardTable): CardTable {
  return { generation, state, slots };
}

const cases: Record<string, object> = {};
for (const [name, history] of Object.entries(EMULATED)) cases[name] = await makeEmulated(name, history);
cases['native'] = await makeNative();

writeFileSync(
  join(folder, 'expected.json'),
  `${JSON.stringify({ cards: CARDS, passwords: PASSWORDS, cases }, null, 2)}\n`,
);
process.exit(0);

async function makeEmulated(
  name: string,
  { geometry = DEFAULT_GEOMETRY, does, cut }: History,
): Promise<CardTable & { serial: string; geometry: Geometry }> {
  const serial = `OB-GOLDEN-${name.slice(0, 20).toUpperCase()}`;
  const flash = join(folder, `${name}.flash`);
  const keys = join(folder, `${name}.keys`);
  rmSync(flash, { force: true });
  const image = new FlashImage(flash, geometry);
  const start = (): { emulated: EmulatedTerminal; terminal: Terminal } => {
    const emulated = new EmulatedTerminal({
      serial,
      nor: new Nor(geometry, image),
      keys: new KeyStore({ backing: new KeyFile(keys), passwordRounds: 1000 }),
    });
    emulated.powerOn();
    return { emulated, terminal: new Terminal(emulatedLink(emulated), { key, timeoutMs: 200, tries: 2 }) };
  };
  const { emulated, terminal } = start();
  await terminal.loadKey(key(serial), { inClear: serial });
  await does(terminal, emulated.nor);
  if (cut) {
    cut.plan(emulated.nor);
    await cut.last(terminal).catch(() => undefined);
    if (emulated.isOn) throw new Error(`${name}: the power was not cut`);
  }
  await terminal.close();
  emulated.powerOff();
  const bytes = { flash: readFileSync(flash), keys: readFileSync(keys) };
  // What this commit itself finds there. Its boot may write: what is kept is from before it.
  const again = start();
  const found = holds(await again.terminal.list());
  await again.terminal.close();
  again.emulated.powerOff();
  image.close();
  writeFileSync(`${flash}.gz`, gzipSync(bytes.flash, { level: 9 }));
  rmSync(flash);
  writeFileSync(keys, bytes.keys, { mode: 0o600 });
  return { serial, geometry, ...found };
}

/** The board that is a process: its flash has keys, registers and passwords behind the table. */
async function makeNative(): Promise<CardTable & { serial: string; native: true }> {
  const serial = 'OB-GOLDEN-NATIVE';
  const flash = join(folder, 'native.flash');
  rmSync(flash, { force: true });
  const child = spawn('build/boards/linux/terminal.elf', [flash, serial], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [address] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const terminal = new Terminal(linkFromAddress(address), { key });
  await terminal.loadKey(key(serial), { inClear: serial });
  await bindAll(terminal);
  await turnTheRing(terminal, 30);
  await terminal.setPasswords(PASSWORDS);
  const found = holds(await terminal.list());
  await terminal.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  writeFileSync(`${flash}.gz`, gzipSync(readFileSync(flash), { level: 9 }));
  rmSync(flash);
  return { serial, native: true, ...found };
}
