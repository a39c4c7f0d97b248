const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` once if the signal aborts from now on. Returns a function that undoes this.
 * All listeners of a signal share one event listener: a signal may serve hundreds of requests,
 * and Node warns of a leak from the eleventh event listener on.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = waiting.get(signal) ?? listenersOf(signal);
  // A function of its own, because the same listener may be added twice.
  const entry = (): void => listener();
  listeners.add(entry);
  return () => void listeners.delete(entry);
}

function listenersOf(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  waiting.set(signal, listeners);
  const tell = (): void => {
    for (const listener of listeners) {
      listeners.delete(listener);
      listener();
    }
  };
  signal.addEventListener('abort', tell, { once: true });
  return listeners;
}
