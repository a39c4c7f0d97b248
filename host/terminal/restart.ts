import type { Clock } from '../clock.js';
import { LINK_CODES, OctobindError } from '../error.js';
import type { RequestOptions } from '../smp/client.js';

/** More frames than the retries and duplicates of one request can make a fresh counter count. */
const TELLING_FRAMES = 10;
const POLL_MS = 20;
const DEADLINE_MS = 15_000;

/**
 * Asks for a restart and sees it through. The answer to a reset comes before the restart, and says nothing of it; the
 * terminal's count of good frames, which starts anew, does.
 */
export async function restart(
  countFrames: (options: RequestOptions) => Promise<number>,
  reset: () => Promise<unknown>,
  clock: Clock,
): Promise<void> {
  let before = 0;
  for (let reads = 0; before < TELLING_FRAMES; reads++) {
    // Each reading is a frame of its own.
    if (reads === TELLING_FRAMES) {
      throw new OctobindError(
        'UNSUPPORTED',
        'The terminal does not count its frames, so its restart cannot be seen. Update its firmware.',
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
      // A terminal whose port goes away while it restarts comes back.
      if (!(error instanceof OctobindError && LINK_CODES.has(error.code))) throw error;
      if (error.code === 'LINK_CLOSED' && error.awaited === undefined) throw error;
    }
    await new Promise<void>((resolve) => clock.setTimeout(resolve, POLL_MS));
  }
  throw new OctobindError(
    'LINK_TIMEOUT',
    `The terminal was reset and did not come back within ${DEADLINE_MS / 1000} s. Switch it off and on again.`,
    { awaited: { what: 'the terminal after its restart', ms: DEADLINE_MS } },
  );
}
