import { OctobindError } from '../error.js';
import { terminalKey } from '../keys.js';
import type { TerminalKey } from '../session/opening.js';
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
  connect(port: string, key: TerminalKey): Terminal;
  /** The acquirer's master key, 32 bytes. */
  readonly master: Buffer;
  /** The one under which terminals have their keys so far, where it is another. */
  readonly over?: Buffer | undefined;
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
  const { master, over = master } = options;
  let terminal: Terminal | undefined;
  let now = over;
  try {
    terminal = options.connect(port, (serial) => terminalKey(now, serial));
    const { serial } = await terminal.status();
    const key = terminalKey(master, serial);
    const loaded = await terminal.loadKey(key);
    key.fill(0);
    now = master;
    if (options.passwords) await terminal.setPasswords(options.passwords);
    return { port, serial, ...loaded };
  } catch (error) {
    if (!(error instanceof OctobindError)) throw error;
    return { port, error };
  } finally {
    await terminal?.close();
  }
}
