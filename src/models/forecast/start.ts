import { mean } from '../moments.ts';
import type { Seasonal } from './smoothing.ts';

/** What exponential smoothing knows before it sees the value number `at`, counted from zero. */
export type SmoothingStart = {
  readonly at: number;
  readonly level: number;
  readonly slope: number;
  /** For the values `at`, `at + 1`, ...; a single zero without seasons. */
  readonly seasons: readonly number[];
};

/**
 * The start values of R's HoltWinters: the first two seasons are decomposed by a centred moving average; the seasons
 * are the mean deviations from it, the level and slope those of a straight line through it, as if its first value were
 * the first. Domain as for `holtWinters`.
 */
export function startOf(values: readonly number[], period: number, seasonal: Seasonal): SmoothingStart {
  const first = values.slice(0, 2 * period);
  const trend = movingAverage(first, period);
  const { intercept, slope } = line(trend);
  return { at: period, level: intercept, slope, seasons: seasonShape(first, trend, period, seasonal) };
}

/** Centred averages over one season; the outer two of an even season count half. Begins at the value period / 2. */
function movingAverage(values: readonly number[], period: number): number[] {
  const half = Math.floor(period / 2);
  const outer = period % 2 === 0 ? 0.5 : 1;
  const averages: number[] = [];
  for (let t = half; t + half < values.length; t++) {
    let sum = outer * ((values[t - half] as number) + (values[t + half] as number));
    for (let k = 1 - half; k < half; k++) sum += values[t + k] as number;
    averages.push(sum / period);
  }
  return averages;
}

/** The least-squares line through the values at 1, 2, ... */
function line(values: readonly number[]): { intercept: number; slope: number } {
  const middle = (values.length + 1) / 2;
  const cross = values.reduce((sum, value, i) => sum + (i + 1 - middle) * value, 0);
  const squares = values.reduce((sum, _, i) => sum + (i + 1 - middle) ** 2, 0);
  const slope = cross / squares;
  return { intercept: mean(values) - slope * middle, slope };
}

function seasonShape(
  values: readonly number[],
  trend: readonly number[],
  period: number,
  seasonal: Seasonal,
): number[] {
  const half = Math.floor(period / 2);
  const sums = new Array<number>(period).fill(0);
  const counts = new Array<number>(period).fill(0);
  trend.forEach((average, i) => {
    const at = (half + i) % period;
    const value = values[half + i] as number;
    sums[at] = (sums[at] as number) + (seasonal === 'additive' ? value - average : value / average);
    counts[at] = (counts[at] as number) + 1;
  });
  const shape = sums.map((sum, at) => sum / (counts[at] as number));
  const neutral = mean(shape);
  return shape.map((value) => (seasonal === 'additive' ? value - neutral : value / neutral));
}
