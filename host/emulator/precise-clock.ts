import { type Clock, systemClock, type TimerHandle } from '../clock.js';

interface PreciseTimer {
  readonly fn: () => void;
  /** On the system's clock, in milliseconds. */
  readonly due: number;
  /** The system's timer that runs until this one is near. */
  coarse: TimerHandle;
}

/** A timer of the system is late by up to this. */
const SLACK_MS = 1.5;

/** Timers that are due within the slack. */
const near = new Set<PreciseTimer>();
/** Open while any timer is near. */
let channel: MessageChannel | undefined;
let isPosted = false;

/**
 * The system's time, with timers that are late by microseconds only: the pace of a line needs
 * that. Each timer keeps the processor busy for its last 1.5 ms.
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
 * By a message, because the shortest timer is too long: 1 ms in Node, 4 ms in a browser (HTML,
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
