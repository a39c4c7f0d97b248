import { EmulatedTerminal, type KeyStore, Nor, type TerminalParts } from '../../host/emulator/index.js';
import { terminalKey } from '../../host/crypto/key-derivation.js';
import { keyStoreOf } from '../../host/testing/index.js';

/** The acquirer's master key of the tests. */
export const MASTER = Buffer.alloc(32, 0x5a);

/** The `key` option of a `Terminal`: it opens sessions with the terminals made here. */
export const key = (serial: string): Uint8Array => terminalKey(MASTER, serial);

/** The key store of a terminal whose key was loaded. */
export const keysOf = (serial: string): KeyStore => keyStoreOf(serial, MASTER);

/** A terminal with a key. Its power is off. */
export function keyedTerminal(parts: TerminalParts): EmulatedTerminal {
  return new EmulatedTerminal({ keys: keysOf(parts.serial), ...parts });
}

const stores = new WeakMap<Nor, KeyStore>();

/** Boots a terminal on a flash. Every boot on the same flash has the same keys and registers. */
export function bootOn(nor: Nor, serial = 'OB-FLASH'): EmulatedTerminal {
  const keys = stores.get(nor) ?? keysOf(serial);
  stores.set(nor, keys);
  const terminal = keyedTerminal({ serial, nor, keys });
  terminal.powerOn();
  return terminal;
}

/** A flash that holds `image`. `bootOn` gives it a copy of the key store that `nor` has now. */
export function withImage(nor: Nor, image: Uint8Array): Nor {
  const copy = new Nor(nor.geometry);
  copy.load(image);
  const keys = stores.get(nor);
  if (keys) stores.set(copy, keys.branch());
  return copy;
}
