// A terminal that is loaded with its key, and on, and a client that has the key too.
import { randomBytes } from 'node:crypto';
import { KeySlot } from '../build/assembly/protocol.js';
import { emulatedLink, EmulatedTerminal, KeyStore } from '../build/host/emulator/index.js';
import { Terminal, terminalKey } from '../build/host/index.js';

const MASTER = randomBytes(32);
const SERIAL = 'OB-SIM-0001';

/** `nor` is its flash, `line` the options of the link to it. */
export function keyedTerminal({ nor, line = {} }) {
  const keys = new KeyStore().set(KeySlot.Root, randomBytes(32)).set(KeySlot.Master, terminalKey(MASTER, SERIAL));
  const emulated = new EmulatedTerminal({ serial: SERIAL, keys, ...(nor && { nor }) });
  emulated.powerOn();
  const terminal = new Terminal(emulatedLink(emulated, line), { key: (serial) => terminalKey(MASTER, serial) });
  return { emulated, terminal };
}
