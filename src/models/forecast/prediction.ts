import type { Interval } from '../interval.ts';
import { mean, variance } from '../moments.ts';
import { normalQuantile } from '../quantile.ts';
import { checkHorizon, naiveErrors, seasonalNaive } from './seasonal-naive.ts';
import { type SmoothingFit, smoothedAt } from './smoothing.ts';

/** The mean of one future value, and what it lies between with the probability asked for. */
export type Prediction = Interval & { readonly mean: number };

/**
 * The next `horizon` values by a smoothing fit, with normal intervals from the variance of its one-step errors times
 * that of the sum of what later steps make of them (C. Chatfield and M. Yar, Prediction intervals for the Holt-Winters
 * forecasting procedure, 1990 and 1991). R's predict is the same where seasons add. Where they multiply R weights the
 * newest error with alpha + gamma (1 - alpha) instead of 1, which makes its intervals too narrow; not so here. They
 * know nothing of the error of the weights. Throws a RangeError for a horizon below 1 or a level outside 0 to 1.
 */
export function predictSmoothed(fit: SmoothingFit, horizon: number, level = 0.95): Prediction[] {
  checkHorizon(horizon);
  const z = halfWidth(level) * Math.sqrt(variance(fit.errors));
  return Array.from({ length: horizon }, (_, i) => {
    const h = i + 1;
    return around(smoothedAt(fit, h), z * Math.sqrt(spread(fit, h)));
  });
}

/** The variance of the error of step `h` in those of one step. */
function spread({ alpha, beta, gamma, seasons, seasonal }: SmoothingFit, h: number): number {
  const period = seasons.length;
  const season = (step: number) => seasons[(step - 1) % period] as number;
  let sum = 1;
  for (let j = 1; j < h; j++) {
    const weight = alpha * (1 + j * beta) + (j % period === 0 ? gamma * (1 - alpha) : 0);
    sum += (seasonal === 'additive' ? weight : (weight * season(h)) / season(h - j)) ** 2;
  }
  return sum;
}

/**
 * The next `horizon` values by the seasonal naive forecast. Its errors add up from season to season: the variance is
 * their mean square times the seasons ahead (R. Hyndman and G. Athanasopoulos, Forecasting: principles and practice,
 * 3rd ed., 5.5). Throws a RangeError for no more values than one season.
 */
export function predictNaive(
  values: readonly number[],
  period: number,
  horizon: number,
  level = 0.95,
): Prediction[] {
  const errors = naiveErrors(values, period);
  if (errors.length === 0) throw new RangeError('one season has no errors to draw an interval from');
  const z = halfWidth(level) * Math.sqrt(mean(errors.map((error) => error * error)));
  return seasonalNaive(values, period, horizon).map((value, h) =>
    around(value, z * Math.sqrt(Math.floor(h / period) + 1)),
  );
}

function halfWidth(level: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not between 0 and 1`);
  return normalQuantile((1 + level) / 2);
}

function around(middle: number, distance: number): Prediction {
  return { mean: middle, low: middle - distance, high: middle + distance };
}
