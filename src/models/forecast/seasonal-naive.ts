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
  if (!Number.isSafeInteger(horizon) || horizon < 1)
    throw new RangeError(`a horizon of ${horizon} is not a whole number of one or more`);
}

function checkPeriod(count: number, period: number): void {
  if (!Number.isSafeInteger(period) || period < 1)
    throw new RangeError(`a season of ${period} is not a whole number of one or more`);
  if (count < period) throw new RangeError(`${count} values are less than one season of ${period}`);
}
