import { describe, expect, test } from 'vitest';
import { patientClock } from '../../host/clock.js';
import { ManualClock } from '../../host/testing/manual-clock.js';

function setUp() {
  const base = new ManualClock();
  const clock = patientClock(base);
  const fired: string[] = [];
  const after = (ms: number, name: string): unknown => clock.setTimeout(() => void fired.push(name), ms);
  return { base, clock, fired, after };
}

describe('a timer', () => {
  test('expires in its time, one turn of the event loop later', async () => {
    const { base, fired, after } = setUp();
    after(100, 'a');
    await base.advance(99);
    expect(fired).toEqual([]);
    await base.advance(1);
    expect(fired).toEqual(['a']);
  });

  test('that is cancelled does not expire, however far it came', async () => {
    const { base, clock, fired, after } = setUp();
    const first = after(100, 'a');
    const second = after(100, 'b');
    clock.clearTimeout(first);
    base.jump(12_000);
    await base.advance(0);
    clock.clearTimeout(second);
    await base.advance(1000);
    expect(fired).toEqual([]);
    expect(base.pending).toBe(0);
  });

  test('of more than a timer of the system can wait does not expire at once', async () => {
    const { base, fired, after } = setUp();
    after(2 ** 32, 'a');
    await base.advance(2 ** 31);
    expect(fired).toEqual([]);
    await base.advance(2 ** 31);
    expect(fired).toEqual(['a']);
  });
});

describe('time in which the process was stopped', () => {
  test('does not count: timers that were due get time to read, and later ones their whole time', async () => {
    const { base, clock, fired, after } = setUp();
    after(500, 'try');
    after(10_000, 'deadline');
    base.jump(12_000);
    await base.advance(0);
    expect(fired).toEqual([]);
    await base.advance(249);
    expect(fired).toEqual([]);
    await base.advance(1);
    expect(fired).toEqual(['try']);
    expect(clock.now()).toBe(500);
    await base.advance(9499);
    expect(fired).toEqual(['try']);
    await base.advance(1);
    expect(fired).toEqual(['try', 'deadline']);
  });

  test('does not count either if what was waited for was read first', () => {
    const { base, clock, after } = setUp();
    const timer = after(500, 'try');
    base.jump(12_000);
    clock.clearTimeout(timer);
    expect(clock.now()).toBe(500);
    clock.clearTimeout(timer);
    base.jump(12_000);
    clock.clearTimeout(timer);
    expect(clock.now()).toBe(12_500);
  });

  test('puts off each timer only once, so that all expire on a machine that is always late', async () => {
    const { base, fired, after } = setUp();
    after(100, 'a');
    for (let i = 0; i < 3; i++) {
      base.jump(1000);
      await base.advance(0);
    }
    expect(fired).toEqual(['a']);
  });
});
