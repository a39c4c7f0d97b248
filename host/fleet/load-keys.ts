import { terminalKey } from '../crypto/key-derivation.js';
import { OctobindError } from '../error.js';
import { hasLiveKey } from '../terminal/status.js';
import { admitInClear, type Consent, refuseInClearOver } from './consent.js';
import type { KeyedRecord } from './keyed-record.js';
import { type FleetOptions, onTerminals, type Outcome } from './on-terminals.js';
import { checkIdentity, checkSerial, type Wanted } from './targets.js';

/** What was done to load one terminal. Nothing of it is there before it is done. */
export interface KeyLoad {
  /**
   * Check values of the components, as the terminal showed them. Empty if it already had the key.
   */
  readonly parts?: readonly string[];
  readonly checkValue?: string;
  readonly changed?: boolean;
}

/**
 * The outcome of loading a key into one terminal. With `error`, the key may be loaded all the
 * same: then `changed` is there.
 */
export type KeyLoadOutcome = Outcome<KeyLoad>;

/** What `loadTerminals` needs. */
export interface KeyLoadOptions extends FleetOptions<KeyLoad> {
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
}

/**
 * Loads keys into terminals. Outcomes come in the order of `wanted`. A terminal that fails does
 * not stop the others. Code: `WRONG_TERMINAL` if terminals are mixed up, before anything is sent.
 */
export function loadTerminals(wanted: readonly Wanted[], options: KeyLoadOptions): Promise<KeyLoadOutcome[]> {
  const { master, over = master, record } = options;
  /** Serial numbers of terminals that have their new key. */
  const loaded = new Set<string>();
  return onTerminals<KeyLoad>(
    wanted,
    (serial) => terminalKey(loaded.has(serial) ? master : over, serial),
    {},
    options,
    async (terminal, at, note) => {
      const { lifeCycle, serial } = await terminal.status();
      checkSerial(serial);
      checkIdentity(at.serial, serial, at.port);
      note({ serial });
      const inClear = hasLiveKey(lifeCycle) ? undefined : serial;
      if (inClear !== undefined && options.over) throw refuseInClearOver(serial);
      if (inClear !== undefined) await admitInClear(serial, record, options.consent);
      const key = terminalKey(master, serial);
      // This reads the status again. If the terminal claims something else now, it gets nothing in
      // clear.
      note(await terminal.loadKey(key, { serial, inClear }).finally(() => key.fill(0)));
      loaded.add(serial);
      const unrecorded = failureOf(() => record.add(serial, 'proven'));
      // The terminal has its key, whatever became of the record.
      if (options.passwords) await terminal.setPasswords(options.passwords);
      if (unrecorded) throw unrecorded;
    },
  );
}

function failureOf(act: () => void): OctobindError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof OctobindError) return error;
    throw error;
  }
}
