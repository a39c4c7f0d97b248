/**
 * How many items are worked on at once. A terminal mostly waits for its line, but keeps a port
 * open.
 */
const PARALLEL = 16;

/**
 * Does `work` on all items, some at a time. Results come in the order of the items. Rejects with
 * the signal's reason if it aborts.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      signal?.throwIfAborted();
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
  signal?.throwIfAborted();
  return results;
}
