import { naiveErrors } from './seasonal-naive.ts';

/** Forecasts the next `horizon` values from those so far. */
export type Forecaster = (values: readonly number[], horizon: number) => readonly number[];

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
  const last = count - horizon;
  if (last < fewest) return [];
  const number = Math.min(most, last - fewest + 1);
  if (number === 1) return [last];
  return Array.from({ length: number }, (_, i) => Math.round(fewest + (i * (last - fewest)) / (number - 1)));
}

/** The absolute errors of a forecaster at every origin, one list for each, by step ahead. */
export function backTest(
  values: readonly number[],
  forecaster: Forecaster,
  horizon: number,
  at: readonly number[],
): number[][] {
  return at.map((origin) => {
    const actual = values.slice(origin, origin + horizon);
    return errorsOf(actual, forecaster(values.slice(0, origin), horizon)).map(Math.abs);
  });
}

function errorsOf(actual: readonly number[], forecast: readonly number[]): number[] {
  if (actual.length === 0 || actual.length !== forecast.length)
    throw new RangeError(`${forecast.length} forecasts of ${actual.length} values cannot be compared`);
  return actual.map((value, i) => value - (forecast[i] as number));
}

export function meanAbsolute(errors: readonly number[]): number {
  return errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
}
