import { OctobindError } from '../error.js';
import { terminalKey } from '../crypto/key-derivation.js';
import type { TerminalKey } from '../session/opening.js';
import { hasLiveKey } from '../terminal/status.js';
import type { Terminal } from '../terminal/terminal.js';
import { admitInClear, type Consent, refuseInClearOver } from './consent.js';
import type { KeyedRecord } from './keyed-record.js';
import { inParallel } from './parallel.js';

/** The outcome of loading a key into one terminal. */
export interface KeyLoadOutcome {
  readonly port: string;
  readonly serial?: string;
  /**
   * Check values of the components, as the terminal showed them. Empty if it already had the key.
   */
  readonly parts?: readonly string[];
  readonly checkValue?: string;
  readonly changed?: boolean;
  readonly error?: OctobindError;
}

/** What `loadTerminals` needs. */
export interface KeyLoadOptions {
  /** Returns the terminal behind a port. It is closed when its work is done. */
  connect(port: string, key: TerminalKey): Terminal;
  /** The acquirer's master key, 32 bytes. */
  readonly master: Uint8Array;
  /**
   * The master key of the terminals' present keys, if that is another one. With it, nothing is
   * sent in clear.
   */
  readonly over?: Uint8Array | undefined;
  /** Decides which terminals may get their keys in clear. */
  readonly consent: Consent;
  readonly record: KeyedRecord;
  readonly passwords?: { readonly operator: string; readonly administrator: string } | undefined;
  /** Called when a terminal's part is done, well or not. */
  onLoaded?(): void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Loads keys into terminals. Outcomes come in the order of the ports. A terminal that fails does
 * not stop the others.
 */
export function loadTerminals(ports: readonly string[], options: KeyLoadOptions): Promise<KeyLoadOutcome[]> {
  return inParallel(ports, options.signal, async (port) => {
    const loaded = await loadTerminal(port, options);
    options.onLoaded?.();
    return loaded;
  });
}

async function loadTerminal(port: string, options: KeyLoadOptions): Promise<KeyLoadOutcome> {
  const { master, over = master } = options;
  let terminal: Terminal | undefined;
  let current = over;
  try {
    terminal = options.connect(port, (serial) => terminalKey(current, serial));
    const { lifeCycle, serial } = await terminal.status();
    checkSerial(serial);
    const inClear = hasLiveKey(lifeCycle) ? undefined : serial;
    if (inClear !== undefined && options.over) throw refuseInClearOver(serial);
    if (inClear !== undefined) await admitInClear(serial, options.record, options.consent);
    const key = terminalKey(master, serial);
    // This reads the status again. If the terminal claims something else now, it gets nothing in
    // clear.
    const loaded = await terminal.loadKey(key, { serial, inClear }).finally(() => key.fill(0));
    current = master;
    options.record.add(serial, 'proven');
    if (options.passwords) await terminal.setPasswords(options.passwords);
    return { port, serial, ...loaded };
  } catch (error) {
    if (!(error instanceof OctobindError)) throw error;
    return { port, error };
  } finally {
    await terminal?.close();
  }
}

/**
 * The serial number comes from the line, and goes to the screen and to the record. A person must
 * be able to type it.
 */
function checkSerial(serial: string): void {
  if (/^[ -~]{1,32}$/.test(serial)) return;
  throw new OctobindError(
    'PROTOCOL',
    'The serial number of the terminal is not 1 to 32 printable ASCII characters. Nothing was sent. Inspect the terminal.',
  );
}
