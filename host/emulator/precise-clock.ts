import { type Clock, systemClock, type TimerHandle } from '../clock.js';

interface PreciseTimer {
  readonly fn: () => void;
  /** In milliseconds of the system's clock. */
  readonly due: number;
  /** The system's timer that ends 1.5 ms before this one is due. */
  coarse: TimerHandle;
}

/** How late a timer of the system may be. */
const SLACK_MS = 1.5;

/** Timers that are due within `SLACK_MS`. */
const near = new Set<PreciseTimer>();
/** Open while any timer is near. */
let channel: MessageChannel | undefined;
let isPosted = false;

/**
 * The system's time, with timers that are late only by microseconds, as the pace of a line needs
 * it. Each timer keeps the processor busy for its last 1.5 ms.
 */
export const preciseClock: Clock = {
  now: () => systemClock.now(),
  setTimeout(fn, ms) {
    const timer: PreciseTimer = { fn, due: systemClock.now() + ms, coarse: undefined };
    if (ms > SLACK_MS) timer.coarse = systemClock.setTimeout(() => approach(timer), ms - SLACK_MS);
    else approach(timer);
    return timer;
  },
  clearTimeout(handle) {
    const timer = handle as PreciseTimer | undefined;
    if (!timer) return;
    systemClock.clearTimeout(timer.coarse);
    near.delete(timer);
  },
};

function approach(timer: PreciseTimer): void {
  near.add(timer);
  lookSoon();
}

/**
 * Posts a message, because the shortest timer is too long: 1 ms in Node, 4 ms in a browser (HTML,
 * "Timers"). A message arrives as soon as the event loop is free.
 */
function lookSoon(): void {
  if (isPosted) return;
  isPosted = true;
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = look;
  }
  channel.port2.postMessage(undefined);
}

function look(): void {
  isPosted = false;
  const now = systemClock.now();
  try {
    for (const timer of near) if (timer.due <= now && near.delete(timer)) timer.fn();
  } finally {
    if (near.size > 0) lookSoon();
    else {
      // An open port would keep a process alive.
      channel?.port1.close();
      channel = undefined;
    }
  }
}
