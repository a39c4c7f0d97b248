import type { Clock } from '../clock.js';
import { LINK_CODES, OctobindError } from '../error.js';
import type { RequestOptions } from '../smp/client.js';

/** More frames than one request can add to a fresh counter, with its retries and duplicates. */
const TELLING_FRAMES = 10;
const POLL_MS = 20;
const DEADLINE_MS = 15_000;

/**
 * Restarts a terminal, and resolves when it is back. The reply to a reset comes before the
 * restart, so it does not prove one. The terminal's count of good frames does, because it starts
 * again at zero. Codes: `LINK_TIMEOUT`, `UNSUPPORTED` if the terminal does not count, those of
 * `reset`.
 */
export async function restart(
  countFrames: (options: RequestOptions) => Promise<number>,
  reset: () => Promise<unknown>,
  clock: Clock,
): Promise<void> {
  let before = 0;
  for (let reads = 0; before < TELLING_FRAMES; reads++) {
    // Each read is itself a frame that counts.
    if (reads === TELLING_FRAMES) {
      throw new OctobindError(
        'UNSUPPORTED',
        'The terminal does not count its frames, so nothing would show its restart. Update its firmware.',
      );
    }
    before = await countFrames({});
  }
  await reset();
  const startedAt = clock.now();
  for (;;) {
    const deadlineMs = DEADLINE_MS - (clock.now() - startedAt);
    if (deadlineMs <= 0) break;
    try {
      if ((await countFrames({ deadlineMs, tries: 1 })) < before) return;
    } catch (error) {
      // A port may disappear while its terminal restarts, and then come back.
      if (!(error instanceof OctobindError && LINK_CODES.has(error.code))) throw error;
      // Nothing was awaited if the caller closed the link.
      if (error.code === 'LINK_CLOSED' && error.awaited === undefined) throw error;
    }
    await new Promise<void>((resolve) => clock.setTimeout(resolve, POLL_MS));
  }
  throw new OctobindError(
    'LINK_TIMEOUT',
    `The terminal did not come back within ${DEADLINE_MS / 1000} s after its reset. Switch it off and on again.`,
    { awaited: { what: 'the terminal after its restart', ms: DEADLINE_MS } },
  );
}
