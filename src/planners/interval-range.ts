import type { Range } from './worlds.ts';

/** The probability with which intervals hold what they are of. */
export const LEVEL = 0.95;

/** The part of half of a symmetric triangle's base within which it has `LEVEL` of its area. */
const INNER = 1 - Math.sqrt(1 - LEVEL);

/** The range whose triangular distribution is outside of the interval `low` to `high` about as often as that says. */
export function rangeOf(low: number, mid: number, high: number): Range {
  return { low: mid - (mid - low) / INNER, mid, high: mid + (high - mid) / INNER };
}
