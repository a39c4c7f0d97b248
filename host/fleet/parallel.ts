/**
 * How many items are worked on at once. A terminal mostly waits for its line, but keeps a port
 * open.
 */
const PARALLEL = 16;

/**
 * Does `work` on all items, `jobs` at a time, 16 when absent. Results come in the order of the
 * items.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  { jobs = PARALLEL }: { readonly jobs?: number | undefined },
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
  return results;
}
