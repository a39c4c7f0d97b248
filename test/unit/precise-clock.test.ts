import { expect, test } from 'vitest';
import { preciseClock } from '../../host/emulator/precise-clock.js';

/**
 * The best of several measurements, up to the first within the limit. A busy machine makes a timer
 * late, and never early.
 */
async function lateness(ms: number, limit: number): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 40 && least > limit; i++) {
    const due = performance.now() + ms;
    await new Promise<void>((resolve) => preciseClock.setTimeout(resolve, ms));
    const late = performance.now() - due;
    expect(late).toBeGreaterThanOrEqual(-0.001);
    least = Math.min(least, late);
  }
  return least;
}

test.each([0, 0.1, 1, 5.3])('a timer of %d ms is late by less than those of the system', async (ms) => {
  expect(await lateness(ms, 0.3)).toBeLessThanOrEqual(0.3);
});

test('a timer that is cleared never ends, whether it is near or far', async () => {
  const ended: number[] = [];
  for (const ms of [0.5, 10]) preciseClock.clearTimeout(preciseClock.setTimeout(() => ended.push(ms), ms));
  preciseClock.clearTimeout(undefined);
  await new Promise<void>((resolve) => preciseClock.setTimeout(resolve, 15));
  expect(ended).toEqual([]);
});

test('a timer may clear another one that is due, and set the next', async () => {
  const ended: string[] = [];
  await new Promise<void>((resolve) => {
    preciseClock.setTimeout(() => {
      ended.push('first');
      preciseClock.clearTimeout(second);
      preciseClock.setTimeout(resolve, 0);
    }, 0);
    const second = preciseClock.setTimeout(() => ended.push('second'), 0);
  });
  expect(ended).toEqual(['first']);
});
