import type { FrameCounters } from './frame.js';

/** Counts of what happened on a link since the client was made. */
export interface LinkCounters extends FrameCounters {
  /** Frames sent, one for each try of a request. */
  sent: number;
  /** Tries without an answer in time. */
  lost: number;
  /** Answers that came after their request had ended, usually to the first of two tries. */
  late: number;
  /** Packets that answer no request of ours. */
  mismatched: number;
  /** Packets whose header is impossible. */
  header: number;
  /** How often the link closed, other than by `close`. */
  closed: number;
}

export function newCounters(): LinkCounters {
  return { frames: 0, base64: 0, length: 0, crc: 0, sent: 0, lost: 0, late: 0, mismatched: 0, header: 0, closed: 0 };
}
