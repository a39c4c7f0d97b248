import { OctobindError } from '../error.js';
import { terminalKey } from '../crypto/key-derivation.js';
import type { TerminalKey } from '../session/opening.js';
import { hasLiveKey } from '../terminal/status.js';
import type { Terminal } from '../terminal/terminal.js';
import { admitInClear, type Consent, refuseInClearOver } from './consent.js';
import type { KeyedRecord } from './keyed-record.js';
import { inParallel } from './parallel.js';

/** What became of loading a terminal. */
export interface KeyLoadOutcome {
  readonly port: string;
  readonly serial?: string;
  /** Check values of the components, as the terminal showed them; none where it had the key already. */
  readonly parts?: readonly string[];
  readonly checkValue?: string;
  readonly changed?: boolean;
  readonly error?: OctobindError;
}

/** What `loadTerminals` needs. */
export interface KeyLoadOptions {
  /** Opens the terminal behind a port; it is closed when its part is done. */
  connect(port: string, key: TerminalKey): Terminal;
  /** The acquirer's master key, 32 bytes. */
  readonly master: Uint8Array;
  /** The one that their keys come from so far, if it is another. With it, nothing is sent in clear. */
  readonly over?: Uint8Array | undefined;
  /** Says which terminals may be sent their keys in clear. */
  readonly consent: Consent;
  readonly record: KeyedRecord;
  readonly passwords?: { readonly operator: string; readonly administrator: string } | undefined;
  /** Called when a terminal's part is done, well or not. */
  onLoaded?(): void;
  readonly signal?: AbortSignal | undefined;
}

/** Loads terminals with their keys. Outcomes come in the order of the ports; an error of one does not stop the others. */
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
  let now = over;
  try {
    terminal = options.connect(port, (serial) => terminalKey(now, serial));
    const { lifeCycle, serial } = await terminal.status();
    checkSerial(serial);
    const inClear = hasLiveKey(lifeCycle) ? undefined : serial;
    if (inClear !== undefined && options.over) throw refuseInClearOver(serial);
    if (inClear !== undefined) await admitInClear(serial, options.record, options.consent);
    const key = terminalKey(master, serial);
    // This asks for its state again: if it claims something else by now, it gets nothing in clear.
    const loaded = await terminal.loadKey(key, { serial, inClear }).finally(() => key.fill(0));
    now = master;
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

/** It comes from the line and goes to the screen and the record; a person must be able to type it. */
function checkSerial(serial: string): void {
  if (/^[ -~]{1,32}$/.test(serial)) return;
  throw new OctobindError(
    'PROTOCOL',
    'The terminal has no serial number of 1 to 32 printable ASCII characters. Nothing was sent. Look at it.',
  );
}
