import { EmulatedTerminal, type KeyStore, Nor, type TerminalParts } from '../../host/emulator/index.js';
import { terminalKey } from '../../host/crypto/key-derivation.js';
import { keyStoreOf } from '../../host/testing/index.js';

/** The acquirer's master key of the tests. */
export const MASTER = Buffer.alloc(32, 0x5a);

/** What a test gives a Terminal, so that it can open sessions with those made here. */
export const key = (serial: string): Uint8Array => terminalKey(MASTER, serial);

/** A key store as key loading leaves it. */
export const keysOf = (serial: string): KeyStore => keyStoreOf(serial, MASTER);

/** A terminal that is keyed, and off. */
export function keyedTerminal(parts: TerminalParts): EmulatedTerminal {
  return new EmulatedTerminal({ keys: keysOf(parts.serial), ...parts });
}

const stores = new WeakMap<Nor, KeyStore>();

/** Boots the terminal that a flash belongs to: its keys and registers are the same each time. */
export function bootOn(nor: Nor, serial = 'OB-FLASH'): EmulatedTerminal {
  const keys = stores.get(nor) ?? keysOf(serial);
  stores.set(nor, keys);
  const terminal = keyedTerminal({ serial, nor, keys });
  terminal.powerOn();
  return terminal;
}

/** A flash with these bytes, in a terminal with what the one of `nor` has in its key store now. */
export function withImage(nor: Nor, image: Uint8Array): Nor {
  const copy = new Nor(nor.geometry);
  copy.load(image);
  const keys = stores.get(nor);
  if (keys) stores.set(copy, keys.branch());
  return copy;
}
