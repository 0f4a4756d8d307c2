import { median, quantile, sortedQuantile } from '../quantile.ts';
import { Random } from '../random.ts';
import { type Bounded, boundedBy } from './load-share.ts';

const REPLICATES = 200;
const EULER = 0.5772156649015329;

/** Extreme values by E. Gumbel, Statistics of Extremes, 1958: P(X <= x) = exp(-exp(-(x - location) / scale)). */
export type Gumbel = { readonly location: number; readonly scale: number };

/** By L-moments (J. Hosking, 1990): for few values steadier than by moments. Throws a RangeError for no values. */
export function fitGumbel(maxima: readonly number[]): Gumbel {
  const n = maxima.length;
  if (n === 0) throw new RangeError('no maxima have no distribution');
  const sorted = maxima.toSorted((a, b) => a - b);
  let [b0, b1] = [0, 0];
  sorted.forEach((value, i) => {
    b0 += value / n;
    if (n > 1) b1 += (value * i) / (n - 1) / n;
  });
  const scale = n > 1 ? Math.max(0, (2 * b1 - b0) / Math.LN2) : 0;
  return { location: b0 - EULER * scale, scale };
}

/** What none of `count` values exceeds with probability `p`. */
export function gumbelLevel({ location, scale }: Gumbel, p: number, count: number): number {
  if (!(p > 0 && p < 1 && count >= 1)) throw new RangeError(`no level is exceeded by ${count} with ${p}`);
  return location - scale * Math.log(-Math.log(p) / count);
}

/**
 * What the peaks of the next `ahead` days stay within with `confidence`, from the peak of each day so far: the level of a
 * Gumbel distribution, and by a bootstrap of the days how sure of that they make. Never below what was seen.
 */
export function peakAhead(
  peaks: readonly number[],
  { ahead, confidence, seed }: { readonly ahead: number; readonly confidence: number; readonly seed: number },
): Bounded {
  const level = (values: readonly number[]) => gumbelLevel(fitGumbel(values), confidence, ahead);
  const random = new Random(seed);
  const replicates = Float64Array.from({ length: REPLICATES }, () =>
    level(peaks.map(() => peaks[random.integer(peaks.length)] as number)),
  ).sort();
  const seen = Math.max(...peaks);
  const bounded = boundedBy(Math.max(seen, level(peaks)), replicates, confidence);
  return { ...bounded, high: Math.max(bounded.high, bounded.value) };
}

/** The peak of a pod on a day that the share `q` of all such does not exceed, and a bound from a bootstrap of the days. */
export function usualPeak(
  days: readonly (readonly number[])[],
  q: number,
  { confidence, seed }: { readonly confidence: number; readonly seed: number },
): Bounded {
  const random = new Random(seed);
  const rows = days.map((day) => Float64Array.from(day));
  const drawn = new Float64Array(days.length * Math.max(...rows.map(({ length }) => length)));
  const replicates = Float64Array.from({ length: REPLICATES }, () => {
    let count = 0;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[random.integer(rows.length)] as Float64Array;
      drawn.set(row, count);
      count += row.length;
    }
    return sortedQuantile(drawn.subarray(0, count).sort(), q);
  }).sort();
  return boundedBy(quantile(days.flat(), q), replicates, confidence);
}

/** Days below which a rise cannot be told from chance, and the share of pairs of days that must rise for one. */
const DAYS_OF_A_RISE = 5;
const RISING_PAIRS = 0.85;

/** By how much the peak rises per day (P. Sen, 1968: the median of all slopes); null when it does not. */
export function riseOf(peaks: readonly number[]): number | null {
  if (peaks.length < DAYS_OF_A_RISE) return null;
  const slopes = peaks.flatMap((from, i) => peaks.slice(i + 1).map((to, k) => (to - from) / (k + 1)));
  const rising = slopes.filter((slope) => slope > 0).length / slopes.length;
  return rising >= RISING_PAIRS ? median(slopes) : null;
}
