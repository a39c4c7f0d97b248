import { OctobindError } from '../error.js';
import { terminalKey } from '../keys.js';
import type { Terminal } from '../terminal.js';
import { inParallel } from './parallel.js';

/** What became of loading a terminal. */
export interface Loaded {
  readonly port: string;
  readonly serial?: string;
  /** Check values of the components, as the terminal showed them; none where it had the key already. */
  readonly parts?: readonly string[];
  readonly checkValue?: string;
  readonly changed?: boolean;
  readonly error?: OctobindError;
}

export interface LoadOptions {
  /** Opens the terminal behind a port; it is closed when its part is done. */
  connect(port: string): Terminal;
  /** The acquirer's master key, 32 bytes. */
  readonly master: Buffer;
  readonly passwords?: { readonly operator: string; readonly administrator: string } | undefined;
  onLoaded?(): void;
  readonly signal?: AbortSignal | undefined;
}

/** Loads terminals with their keys. Outcomes come in the order of the ports; an error of one does not stop the others. */
export function loadTerminals(ports: readonly string[], options: LoadOptions): Promise<Loaded[]> {
  return inParallel(ports, options.signal, async (port) => {
    const loaded = await loadTerminal(port, options);
    options.onLoaded?.();
    return loaded;
  });
}

async function loadTerminal(port: string, options: LoadOptions): Promise<Loaded> {
  let terminal: Terminal | undefined;
  try {
    terminal = options.connect(port);
    const { serial } = await terminal.status();
    const key = terminalKey(options.master, serial);
    const loaded = await terminal.loadKey(key);
    key.fill(0);
    if (options.passwords) await terminal.setPasswords(options.passwords);
    return { port, serial, ...loaded };
  } catch (error) {
    if (!(error instanceof OctobindError)) throw error;
    return { port, error };
  } finally {
    await terminal?.close();
  }
}
