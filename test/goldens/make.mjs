// Made the goldens: run in a checkout of the commit that their folder is named after, once it is built, by
//   node test/goldens/make.mjs FOLDER
// A later commit never makes them anew: it must read those that are there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { MenuUser, Role } from '../../build/assembly/protocol.js';
import { emulatedLink, EmulatedTerminal, KeyStore, Nor } from '../../build/host/emulator/index.js';
import { FlashImage, KeyFile } from '../../build/host/sim/index.js';
import { generateMasterKey, readMasterKey } from '../../build/host/fleet/master-key.js';
import { linkFromAddress, Terminal, terminalKey } from '../../build/host/index.js';

const folder = process.argv[2];
if (folder === undefined) throw new Error('name the folder to make');
mkdirSync(folder, { recursive: true });
generateMasterKey(join(folder, 'keys'));
const master = await readMasterKey(join(folder, 'keys'));
const key = (serial) => terminalKey(master, serial);

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
const LABELS = Object.keys(CARDS);
const PASSWORDS = { operator: '123456', administrator: '87654321' };

const bind = (terminal, label, more = {}) => terminal.bind({ ...CARDS[label], ...more }, null);
const bindAll = async (terminal) => {
  for (const [index, label] of LABELS.entries()) {
    await bind(terminal, label, { role: index === 0 ? Role.Settlement : Role.Payment });
  }
};
/** Moves records from sector to sector. */
const turnTheRing = async (terminal, changes) => {
  for (let i = 0; i < changes; i++) {
    await terminal.unbind(8, null);
    await bind(terminal, LABELS[7], { slot: 8 });
  }
};
const cutIn = (after, tear) => (nor) => nor.strike({ after, tear, outcome: 'cut' });

/** What is done to each emulated terminal; `cut` plans the end of what `last` does. */
const EMULATED = {
  keyed: { does: async () => undefined },
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
  // The power went in the middle of the frame: the table is the one before.
  'cut-in-a-bind': {
    does: (terminal) => bind(terminal, 'visa'),
    cut: cutIn(0, { kind: 'prefix', bytes: 60 }),
    last: (terminal) => bind(terminal, 'amex'),
  },
  // All of the frame is there, and the anchor has only announced it: the table is the one after.
  'cut-behind-a-bind': {
    does: (terminal) => bind(terminal, 'visa'),
    cut: cutIn(0, { kind: 'prefix', bytes: 101 }),
    last: (terminal) => bind(terminal, 'amex'),
  },
  'cut-in-the-first-bind': {
    does: async () => undefined,
    cut: cutIn(0, { kind: 'prefix', bytes: 20 }),
    last: (terminal) => bind(terminal, 'visa'),
  },
  // A sector failed, and is used no more.
  'worn-sector': {
    does: async (terminal, nor) => {
      await bind(terminal, 'visa');
      nor.strike({ after: 0, tear: { kind: 'prefix', bytes: 50 }, outcome: 'fail' });
      await bind(terminal, 'amex');
    },
  },
};

function holds({ generation, state, slots }) {
  return { generation, state, slots };
}

const cases = {};
for (const [name, { geometry, does, cut, last }] of Object.entries(EMULATED)) {
  const serial = `OB-GOLDEN-${name.slice(0, 20).toUpperCase()}`;
  const shape = geometry ?? { sectorBytes: 4096, sectorCount: 16, programUnit: 1 };
  const flash = join(folder, `${name}.flash`);
  const keys = join(folder, `${name}.keys`);
  rmSync(flash, { force: true });
  const image = new FlashImage(flash, shape);
  const start = () => {
    const emulated = new EmulatedTerminal({
      serial,
      nor: new Nor(shape, image),
      keys: new KeyStore({ backing: new KeyFile(keys), passwordRounds: 1000 }),
    });
    emulated.powerOn();
    return { emulated, terminal: new Terminal(emulatedLink(emulated), { key, timeoutMs: 200, tries: 2 }) };
  };
  const { emulated, terminal } = start();
  await terminal.loadKey(key(serial));
  await does(terminal, emulated.nor);
  if (cut) {
    cut(emulated.nor);
    await last(terminal).then(
      () => Promise.reject(new Error(`${name}: the power was not cut`)),
      () => undefined,
    );
    if (emulated.isOn) throw new Error(`${name}: the power was not cut`);
  }
  await terminal.close();
  emulated.powerOff();
  const bytes = { flash: readFileSync(flash), keys: readFileSync(keys) };
  // What this commit itself finds there. Its boot may write: what is kept is from before it.
  const again = start();
  cases[name] = { serial, geometry: shape, ...holds(await again.terminal.list()) };
  await again.terminal.close();
  again.emulated.powerOff();
  image.close();
  writeFileSync(`${flash}.gz`, gzipSync(bytes.flash, { level: 9 }));
  rmSync(flash);
  writeFileSync(keys, bytes.keys, { mode: 0o600 });
}

/** The board that is a process: its flash has keys, registers and passwords behind the table. */
async function makeNative() {
  const serial = 'OB-GOLDEN-NATIVE';
  const flash = join(folder, 'native.flash');
  rmSync(flash, { force: true });
  const child = spawn('build/boards/linux/terminal.elf', [flash, serial], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [address] = await once(createInterface({ input: child.stdout }), 'line');
  const terminal = new Terminal(linkFromAddress(address), { key });
  await terminal.loadKey(key(serial));
  await bindAll(terminal);
  await turnTheRing(terminal, 30);
  await terminal.setPasswords(PASSWORDS);
  cases.native = { serial, native: true, ...holds(await terminal.list()) };
  await terminal.close();
  child.kill('SIGKILL');
  await once(child, 'exit');
  writeFileSync(`${flash}.gz`, gzipSync(readFileSync(flash), { level: 9 }));
  rmSync(flash);
}
await makeNative();

writeFileSync(
  join(folder, 'expected.json'),
  `${JSON.stringify({ cards: CARDS, passwords: PASSWORDS, cases }, null, 2)}\n`,
);
process.exit(0);
