import { type Clock, systemClock, type TimerHandle } from '../clock.js';

interface PreciseTimer {
  readonly fn: () => void;
  /** On the system's clock, in milliseconds. */
  readonly due: number;
  /** Until the timer is near. */
  coarse: TimerHandle;
}

/** The system's timers are this much late at worst. */
const SLACK_MS = 1.5;

/** Timers that are due within the slack. */
const near = new Set<PreciseTimer>();
/** Open as long as any timer is near. */
let channel: MessageChannel | undefined;
let isPosted = false;

/**
 * The system's time, with timers that are late by microseconds, which the pace of a line needs. Each keeps the processor busy
 * for its last 1.5 ms.
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

/** By a message, which waits for nothing but what is ready to run: the shortest timer of Node is 1 ms, that of a browser 4 ms. */
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
