import type { FrameCounters } from './frame.js';

/** What happened on a link, by cause, since the client was made. */
export interface LinkCounters extends FrameCounters {
  /** Frames sent, each try of a request being one. */
  sent: number;
  /** Tries that had no answer in time. */
  lost: number;
  /** Answers that came after their request had ended; most often to the first of two tries. */
  late: number;
  /** Packets that answer no request of ours. */
  mismatched: number;
  /** Packets whose header is impossible. */
  header: number;
  /** Times that the link closed under us. */
  closed: number;
}

export function newCounters(): LinkCounters {
  return { frames: 0, base64: 0, length: 0, crc: 0, sent: 0, lost: 0, late: 0, mismatched: 0, header: 0, closed: 0 };
}
