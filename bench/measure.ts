/** What was measured, and the goal for it, if there is one. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  if (middle === undefined) throw new RangeError('there is nothing to take the median of');
  return middle;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Milliseconds that some work takes. */
function time(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/**
 * How many times as fast `ours` is as `theirs`: the median over rounds that time one right after
 * the other, so that whatever else the machine does falls on both.
 */
export function speedup(
  ours: () => void,
  theirs: () => void,
  { warmUp, rounds }: { warmUp: number; rounds: number },
): number {
  const ratios: number[] = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    // They take turns at being first: the second finds the caches as the first left them.
    const oursIsFirst = round % 2 === 1;
    const before = oursIsFirst ? time(ours) : undefined;
    const theirMs = time(theirs);
    const ourMs = before ?? time(ours);
    if (round >= warmUp) ratios.push(theirMs / ourMs);
  }
  return median(ratios);
}
