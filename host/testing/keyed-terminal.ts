import { KeySlot } from '../../assembly/protocol.js';
import { terminalKey } from '../crypto/key-derivation.js';
import { type EmulatedLink, emulatedLink } from '../emulator/emulated-link.js';
import { EmulatedTerminal, type TerminalParts } from '../emulator/emulated-terminal.js';
import { KeyStore } from '../emulator/key-store.js';
import type { WireOptions } from '../emulator/wire.js';
import { Terminal } from '../terminal/terminal.js';

export interface KeyedTerminalOptions extends Partial<TerminalParts> {
  /** The acquirer's master key, 32 bytes; one of the tests' own when absent. */
  readonly master?: Uint8Array | undefined;
  /** Pace and faults of the line. */
  readonly wire?: WireOptions | undefined;
}

export interface KeyedTerminal {
  readonly device: EmulatedTerminal;
  /** Can be unplugged. */
  readonly link: EmulatedLink;
  /** Speaks to the device over the link, and has its key. */
  readonly terminal: Terminal;
}

const MASTER = new Uint8Array(32).fill(0x5a);
const ROOT = new Uint8Array(32).fill(0x33);

/** A key store as key loading leaves it. Passwords are hashed fast: no test waits for the slowness itself. */
export function keyStoreOf(serial: string, master: Uint8Array = MASTER): KeyStore {
  return new KeyStore({ passwordRounds: 10 }).set(KeySlot.Root, ROOT).set(KeySlot.Master, terminalKey(master, serial));
}

/** An emulated terminal that has its key and is on. A `clock` that is given is the device's, the line's and the host's. */
export function startKeyedTerminal({
  serial = 'OB-TEST-0001',
  master = MASTER,
  wire,
  ...parts
}: KeyedTerminalOptions = {}): KeyedTerminal {
  const device = new EmulatedTerminal({ serial, keys: keyStoreOf(serial, master), ...parts });
  device.powerOn();
  const link = emulatedLink(device, { clock: parts.clock, ...wire });
  const terminal = new Terminal(link, { key: (of) => terminalKey(master, of), clock: parts.clock });
  return { device, link, terminal };
}
