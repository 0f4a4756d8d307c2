import { checkCount } from '../domain.ts';

/**
 * The forecast to beat: every value is that of one season ago. Throws a RangeError for a period or horizon that is not
 * a whole number of one or more, or fewer values than one season.
 */
export function seasonalNaive(values: readonly number[], period: number, horizon: number): number[] {
  checkPeriod(values.length, period);
  checkHorizon(horizon);
  const last = values.slice(-period);
  return Array.from({ length: horizon }, (_, h) => last[h % period] as number);
}

/** Errors of the seasonal naive forecast within the data: value minus that of one season before. */
export function naiveErrors(values: readonly number[], period: number): number[] {
  checkPeriod(values.length, period);
  return values.slice(period).map((value, t) => value - (values[t] as number));
}

export function checkHorizon(horizon: number): void {
  checkCount('steps ahead', horizon, 1);
}

function checkPeriod(count: number, period: number): void {
  checkCount('values in a season', period, 1);
  if (count < period) throw new RangeError(`${count} values are less than one season of ${period}`);
}
