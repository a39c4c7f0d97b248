import { OctobindError } from '../error.js';

/**
 * Resolves or rejects as `opening` does, unless the signal aborts first. Then it rejects with
 * `LINK_FAILED` at once. If `opening` resolves later, `release` gets the result.
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
