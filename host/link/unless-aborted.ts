import { OctobindError } from '../error.js';

/**
 * The outcome of an opening, unless the signal aborts first: then it fails with `LINK_FAILED` at once, and what is opened too
 * late is released.
 */
export function unlessAborted<T>(
  opening: Promise<T>,
  release: (opened: T) => void,
  address: string,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(new OctobindError('LINK_FAILED', `${address} was given up before it was open.`));
      opening.then(release, () => undefined);
    };
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    opening.then(resolve, reject).finally(() => signal?.removeEventListener('abort', abort));
  });
}
