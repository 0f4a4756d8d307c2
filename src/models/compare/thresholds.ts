import type { Interval } from '../interval.ts';
import { normalQuantile, studentQuantile } from '../quantile.ts';

/**
 * Bounds that a new figure must stay within, from what the earlier ones were, as Bencher draws them. `p`, between 0.5
 * and 1, is the probability that a figure of the same distribution is below the upper bound. Every function throws a
 * RangeError for a spread that is negative.
 */
export function percentageBounds(mean: number, share: number): Interval {
  return around(mean, share * Math.abs(mean));
}

/** For 30 figures or more, where mean and deviation are as good as known. */
export function zBounds(mean: number, deviation: number, p: number): Interval {
  return around(mean, normalQuantile(p) * deviation);
}

/** The prediction interval of one more figure after `n` normal ones, mean +- t s sqrt(1 + 1/n). */
export function tBounds(mean: number, deviation: number, n: number, p: number): Interval {
  if (!Number.isSafeInteger(n) || n < 2) throw new RangeError(`${n} figures have no deviation`);
  return around(mean, studentQuantile(p, n - 1) * deviation * Math.sqrt(1 + 1 / n));
}

/** `times` interquartile ranges around the median: a few outliers do not move it (J. Tukey, 1977). */
export function iqrBounds(median: number, range: number, times: number): Interval {
  return around(median, times * range);
}

/** The same with `range` relative to the median. */
export function deltaIqrBounds(median: number, range: number, times: number): Interval {
  return around(median, times * range * Math.abs(median));
}

function around(middle: number, distance: number): Interval {
  if (!(distance >= 0)) throw new RangeError(`a spread of ${distance} is not zero or more`);
  return { low: middle - distance, high: middle + distance };
}
