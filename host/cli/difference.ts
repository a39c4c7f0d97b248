import { counted } from '../counted.js';

/** What is shown of a unit while there are fewer than so many. */
const UNITS = [
  { ms: 1000, below: 120, name: 'second' },
  { ms: 60_000, below: 120, name: 'minute' },
  { ms: 3_600_000, below: 48, name: 'hour' },
  { ms: 86_400_000, below: Infinity, name: 'day' },
] as const;

/** By how much a clock is ahead, or behind if `aheadMs` is negative: `3 hours behind`. */
export function differenceText(aheadMs: number): string {
  const size = Math.abs(aheadMs);
  if (size < 1000) return 'less than a second';
  const unit = UNITS.find(({ ms, below }) => Math.round(size / ms) < below) ?? UNITS[3];
  return `${counted(Math.round(size / unit.ms), unit.name)} ${aheadMs > 0 ? 'ahead' : 'behind'}`;
}
