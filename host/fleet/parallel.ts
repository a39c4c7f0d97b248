/** Terminals worked on at once: each waits for its line most of the time, yet holds a port open. */
const PARALLEL = 16;

/** Does the same to many, some at a time. Results come in their order. Fails with the signal's reason when that is aborted. */
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
