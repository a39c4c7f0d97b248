import { loadTerminals } from '../fleet/load-keys.js';
import { ensureMasterKey } from '../fleet/master-key.js';
import type { Context } from './context.js';

/**
 * Loads terminals that this process itself emulates, with keys of the folder's master key, which is
 * made if there is none. This process gave them their serial numbers and holds the other end of
 * their lines, so it asks nobody: these and no others may be sent their keys in clear, even if they
 * were loaded before. They are recorded like any other.
 */
export async function loadOwn(
  terminals: readonly { readonly serial: string; readonly port: string }[],
  context: Context,
): Promise<void> {
  if (terminals.length === 0) return;
  ensureMasterKey(context.keysDir);
  const own = new Set(terminals.map(({ serial }) => serial));
  const bar = context.output.progress(terminals.length, 'terminals loaded with keys');
  const loaded = await loadTerminals(
    terminals.map(({ port }) => port),
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
