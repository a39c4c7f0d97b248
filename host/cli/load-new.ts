import { KeySlot, Register } from '../../assembly/protocol.js';
import { KeyedRecord } from '../fleet/keyed-record.js';
import { loadTerminals } from '../fleet/load-keys.js';
import { ensureMasterKey } from '../fleet/master-key.js';
import type { StartedTerminal } from '../sim/start-terminals.js';
import type { Context } from './context.js';
import { reach } from './reach.js';

/**
 * Loads keys into the new terminals among those that this process emulates. The keys come from
 * the folder's master key, which is created if there is none. This process gave the terminals
 * their serial numbers and holds the other end of their lines. So it asks nobody, and sends keys
 * in clear to these terminals only, even if they were loaded before. They are recorded like any
 * other terminal.
 */
export async function loadNew<T extends { readonly serial: string; readonly port: string }>(
  terminals: readonly T[],
  isNew: (terminal: T) => boolean | Promise<boolean>,
  context: Context,
): Promise<void> {
  const areNew = await Promise.all(terminals.map(async (terminal) => isNew(terminal)));
  const loading = terminals.filter((_, index) => areNew[index]);
  if (loading.length === 0) return;
  ensureMasterKey(context.keysDir);
  const own = new Set(loading.map(({ serial }) => serial));
  const bar = context.output.progress(loading.length, 'terminals loaded with keys');
  const loaded = await loadTerminals(loading, {
    ...reach(context),
    master: await context.masterKey(),
    consent: { inClear: (serial) => own.delete(serial), again: () => true },
    record: context.closing(new KeyedRecord(context.keysDir)),
    onOutcome: () => bar.step(),
  }).finally(() => bar.stop());
  const failed = loaded.find(({ error }) => error !== undefined);
  if (failed?.error) throw failed.error;
}

/**
 * Whether a started terminal has no key yet. A tampered one has none either, but a person must
 * inspect it first.
 */
export function isVirgin({ terminal: { keys } }: StartedTerminal): boolean {
  const stage = new Uint8Array(1);
  keys.register(Register.Tamper, stage);
  return !keys.has(KeySlot.Master) && stage[0] === 0;
}
