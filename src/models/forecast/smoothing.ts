import { minimise } from './minimise.ts';
import { type SmoothingStart, startOf } from './start.ts';

/**
 * Exponential smoothing by least squares of the one-step errors, with the recursions, start values and bounds of the
 * function HoltWinters of R (C. Holt, 1957; P. Winters, Forecasting sales by exponentially weighted moving averages,
 * 1960).
 */
export type Seasonal = 'additive' | 'multiplicative';

/** Weights of the newest value in level, slope and season, each from 0 to 1. */
export type Weights = { readonly alpha: number; readonly beta: number; readonly gamma: number };

export type SmoothingFit = Weights & {
  /** Level and slope per step after the last value. */
  readonly level: number;
  readonly slope: number;
  /** What the next `period` values add to the level, or multiply it by; a single neutral one without seasons. */
  readonly seasons: readonly number[];
  readonly seasonal: Seasonal;
  /** One-step errors, from the first value that is predicted. */
  readonly errors: readonly number[];
  /** Sum of their squares. */
  readonly sse: number;
};

/**
 * Simple exponential smoothing: a level and nothing else. `alpha` is fitted when not given. Throws a RangeError for
 * fewer than three values, or one that is not finite.
 */
export function simpleSmoothing(values: readonly number[], alpha?: number): SmoothingFit {
  if (values.length < 3) throw new RangeError(`${values.length} values are too few to smooth`);
  checkFinite(values);
  const start: SmoothingStart = { at: 1, level: values[0] as number, slope: 0, seasons: [0] };
  const run = (weight: number) => smooth(values, 'additive', start, { alpha: weight, beta: 0, gamma: 0 });
  if (alpha !== undefined) return run(checkWeight(alpha));
  const best = minimise(([weight = 0]) => run(weight).sse, [[0.1], [0.5], [0.9]]);
  return run(best.point[0] as number);
}

/**
 * Level, slope and seasons of `period` values. `weights` are fitted when not given, `start` is that of R. Throws a
 * RangeError for a period below 2, fewer than two seasons, a value that is not finite, or one that is not above zero
 * where seasons multiply.
 */
export function holtWinters(
  values: readonly number[],
  period: number,
  seasonal: Seasonal,
  given: { weights?: Weights; start?: SmoothingStart } = {},
): SmoothingFit {
  checkFinite(values);
  checkSeasons(values.length, period);
  if (seasonal === 'multiplicative' && !values.every((value) => value > 0))
    throw new RangeError('seasons that multiply need values above zero');
  const start = given.start ?? startOf(values, period, seasonal);
  if (start.seasons.length !== period)
    throw new RangeError(`${start.seasons.length} start values are not one for each of ${period} seasons`);
  if (given.weights !== undefined) {
    const { alpha, beta, gamma } = given.weights;
    for (const weight of [alpha, beta, gamma]) checkWeight(weight);
    return smooth(values, seasonal, start, given.weights);
  }
  const best = minimise(
    ([alpha = 0, beta = 0, gamma = 0]) => smooth(values, seasonal, start, { alpha, beta, gamma }).sse,
    STARTS,
  );
  const [alpha, beta, gamma] = best.point as [number, number, number];
  return smooth(values, seasonal, start, { alpha, beta, gamma });
}

/** The first is that of R. The surface has several valleys: one start finds the wrong one now and then. */
const STARTS = [
  [0.3, 0.1, 0.1],
  [0.1, 0.02, 0.8],
  [0.8, 0.02, 0.3],
];

/** The mean of the value `h` = 1, 2, ... steps after the last. */
export function smoothedAt(fit: SmoothingFit, h: number): number {
  const season = fit.seasons[(h - 1) % fit.seasons.length] as number;
  const trend = fit.level + h * fit.slope;
  return fit.seasonal === 'additive' ? trend + season : trend * season;
}

function smooth(
  values: readonly number[],
  seasonal: Seasonal,
  start: SmoothingStart,
  { alpha, beta, gamma }: Weights,
): SmoothingFit {
  let { level, slope } = start;
  const seasons = [...start.seasons];
  const period = seasons.length;
  const errors: number[] = [];
  let sse = 0;
  for (let t = start.at; t < values.length; t++) {
    const value = values[t] as number;
    const at = (t - start.at) % period;
    const season = seasons[at] as number;
    const trend = level + slope;
    const error = value - (seasonal === 'additive' ? trend + season : trend * season);
    errors.push(error);
    sse += error * error;
    const before = level;
    level = alpha * (seasonal === 'additive' ? value - season : value / season) + (1 - alpha) * trend;
    slope = beta * (level - before) + (1 - beta) * slope;
    seasons[at] = gamma * (seasonal === 'additive' ? value - level : value / level) + (1 - gamma) * season;
  }
  const next = (values.length - start.at) % period;
  const ahead = [...seasons.slice(next), ...seasons.slice(0, next)];
  return { alpha, beta, gamma, level, slope, seasons: ahead, seasonal, errors, sse };
}

export function checkFinite(values: readonly number[]): void {
  if (!values.every(Number.isFinite)) throw new RangeError('a series holds finite numbers only');
}

/** Throws a RangeError unless `count` values hold two seasons of `period`. */
export function checkSeasons(count: number, period: number): void {
  if (!Number.isSafeInteger(period) || period < 2) throw new RangeError(`a season of ${period} has no shape`);
  if (count < 2 * period)
    throw new RangeError(`${count} values are fewer than two seasons of ${period}: too few to fit seasons`);
}

function checkWeight(weight: number): number {
  if (!(weight >= 0 && weight <= 1)) throw new RangeError(`a weight of ${weight} is not between 0 and 1`);
  return weight;
}
