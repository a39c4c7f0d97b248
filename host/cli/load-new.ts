import { KeySlot, Register } from '../../assembly/protocol.js';
import { loadTerminals } from '../fleet/load-keys.js';
import { ensureMasterKey } from '../fleet/master-key.js';
import type { StartedTerminal } from '../sim/start-terminals.js';
import type { Context } from './context.js';

/**
 * Loads the new ones of the terminals that this process itself emulates, with keys of the folder's
 * master key, which is made if there is none. This process gave them their serial numbers and holds
 * the other end of their lines, so it asks nobody: these and no others may be sent their keys in
 * clear, even if they were loaded before. They are recorded like any other.
 */
export async function loadNew<T extends { readonly serial: string; readonly port: string }>(
  terminals: readonly T[],
  isNew: (terminal: T) => boolean | Promise<boolean>,
  context: Context,
): Promise<void> {
  const news = await Promise.all(terminals.map(async (terminal) => isNew(terminal)));
  const loading = terminals.filter((_, index) => news[index]);
  if (loading.length === 0) return;
  ensureMasterKey(context.keysDir);
  const own = new Set(loading.map(({ serial }) => serial));
  const bar = context.output.progress(loading.length, 'terminals loaded with keys');
  const loaded = await loadTerminals(
    loading.map(({ port }) => port),
    {
      connect: (port) => context.connect(port),
      master: await context.masterKey(),
      consent: { inClear: (serial) => own.delete(serial), again: () => true },
      record: context.keyedRecord(),
      onLoaded: () => bar.step(),
      signal: context.signal,
    },
  ).finally(() => bar.stop());
  const failed = loaded.find(({ error }) => error !== undefined);
  if (failed?.error) throw failed.error;
}

/** Whether a started terminal has no key yet. One that was tampered with waits for somebody to look into it. */
export function isVirgin({ terminal: { keys } }: StartedTerminal): boolean {
  const stage = new Uint8Array(1);
  keys.register(Register.Tamper, stage);
  return !keys.has(KeySlot.Master) && stage[0] === 0;
}
