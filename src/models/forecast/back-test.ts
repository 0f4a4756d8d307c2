import { checkCount } from '../domain.ts';
import { mean } from '../moments.ts';
import { quantile } from '../quantile.ts';
import type { Prediction } from './prediction.ts';
import { naiveErrors } from './seasonal-naive.ts';

/** Predicts the next `horizon` values from those so far. */
export type Forecaster = (values: readonly number[], horizon: number) => readonly Prediction[];

/** One step of a back-test: how far off the mean was, and how far the interval reached on that side. */
export type Tested = { readonly error: number; readonly reach: number };

/**
 * The mean absolute scaled error: that of a forecast over that of the seasonal naive forecast within the data it was
 * made from (R. Hyndman and A. Koehler, Another look at measures of forecast accuracy, 2006). Throws a RangeError when
 * the lengths differ, there is nothing to compare, or every value of the data repeats that of a season before.
 */
export function mase(
  actual: readonly number[],
  forecast: readonly number[],
  data: readonly number[],
  period: number,
): number {
  return meanAbsolute(errorsOf(actual, forecast)) / naiveScale(data, period);
}

/** The denominator of MASE: the mean absolute error of the seasonal naive forecast within the data. */
export function naiveScale(data: readonly number[], period: number): number {
  const errors = naiveErrors(data, period);
  const scale = errors.length === 0 ? 0 : meanAbsolute(errors);
  if (scale === 0) throw new RangeError('data that repeat every season exactly have no scale for errors');
  return scale;
}

/**
 * Where a rolling-origin back-test splits `count` values: at most `most` origins, evenly spread, the first with
 * `fewest` values before it and the last with `horizon` after it (L. Tashman, Out-of-sample tests of forecasting
 * accuracy, 2000). None when the values do not suffice.
 */
export function origins(count: number, fewest: number, horizon: number, most: number): number[] {
  checkCount('origins', most, 1);
  const last = count - horizon;
  if (last < fewest) return [];
  const number = Math.min(most, last - fewest + 1);
  if (number === 1) return [last];
  return Array.from({ length: number }, (_, i) => Math.round(fewest + (i * (last - fewest)) / (number - 1)));
}

/** What a forecaster did at every origin, one list for each, by step ahead; errors are absolute. */
export function backTest(
  values: readonly number[],
  forecaster: Forecaster,
  horizon: number,
  at: readonly number[],
): Tested[][] {
  return at.map((origin) =>
    forecaster(values.slice(0, origin), horizon).map((prediction, i) => {
      const error = (values[origin + i] as number) - prediction.mean;
      const reach = error > 0 ? prediction.high - prediction.mean : prediction.mean - prediction.low;
      return { error: Math.abs(error), reach };
    }),
  );
}

/** The share of the steps whose value was within its interval. */
export function coverage(tested: readonly Tested[]): number {
  return tested.filter(({ error, reach }) => error <= reach).length / tested.length;
}

/**
 * How many times wider intervals had to be to hold the share `level` of the steps; 1 when they did. As in split
 * conformal prediction (J. Lei et al., Distribution-free predictive inference for regression, 2018), though steps of
 * one origin depend on each other.
 */
export function widening(tested: readonly Tested[], level: number): number {
  const ratios = tested.filter(({ reach }) => reach > 0).map(({ error, reach }) => error / reach);
  return ratios.length === 0 ? 1 : Math.max(1, quantile(ratios, level));
}

function errorsOf(actual: readonly number[], forecast: readonly number[]): number[] {
  if (actual.length === 0 || actual.length !== forecast.length)
    throw new RangeError(`${forecast.length} forecasts of ${actual.length} values cannot be compared`);
  return actual.map((value, i) => value - (forecast[i] as number));
}

export function meanAbsolute(errors: readonly number[]): number {
  return mean(errors.map(Math.abs));
}
