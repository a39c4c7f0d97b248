import { KeySlot } from '../../assembly/protocol.js';
import { terminalKey } from '../crypto/key-derivation.js';
import { type EmulatedLink, emulatedLink } from '../emulator/emulated-link.js';
import { EmulatedTerminal, type TerminalParts } from '../emulator/emulated-terminal.js';
import { KeyStore } from '../emulator/key-store.js';
import type { WireOptions } from '../emulator/wire.js';
import { Terminal } from '../terminal/terminal.js';

/** Parts of the terminal, its key, and its line. What is absent has a default. */
export interface KeyedTerminalOptions extends Partial<TerminalParts> {
  /** The acquirer's master key, 32 bytes. When absent, a fixed key for tests. */
  readonly master?: Uint8Array | undefined;
  /** Speed and faults of the line. */
  readonly wire?: WireOptions | undefined;
}

/** An emulated terminal, its link, and a client that has its key. */
export interface KeyedTerminal {
  readonly device: EmulatedTerminal;
  /** `unplug` pulls its cable. */
  readonly link: EmulatedLink;
  /** Drives the device over the link, with the device's key. */
  readonly terminal: Terminal;
}

const MASTER = new Uint8Array(32).fill(0x5a);
const ROOT = new Uint8Array(32).fill(0x33);

/** A key store in which a key is loaded. It hashes passwords fast, so that tests need not wait. */
export function keyStoreOf(serial: string, master: Uint8Array = MASTER): KeyStore {
  return new KeyStore({ passwordRounds: 10 }).set(KeySlot.Root, ROOT).set(KeySlot.Master, terminalKey(master, serial));
}

/** Starts an emulated terminal that has its key. Device, line and host share `clock` if given. */
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
