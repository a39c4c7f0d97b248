import { performance } from 'node:perf_hooks';

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * How many times as fast `ours` is as `theirs`: the median over rounds that time the one right after the other, so that
 * what else the machine does falls on both.
 */
export function speedup(ours, theirs, { warmUp = 100, rounds }) {
  const time = (work) => {
    const began = performance.now();
    work();
    return performance.now() - began;
  };
  const ratios = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    // They take turns at being first: the second finds the caches as the other left them.
    const turns = round % 2 ? [ours, theirs] : [theirs, ours];
    const times = new Map(turns.map((work) => [work, time(work)]));
    if (round >= warmUp) ratios.push(times.get(theirs) / times.get(ours));
  }
  return median(ratios);
}
