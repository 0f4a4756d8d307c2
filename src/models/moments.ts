/** The arithmetic mean. Throws a RangeError for no values. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no values have no mean');
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The variance of a sample, with n - 1. Throws a RangeError for fewer than two values. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) throw new RangeError('a variance needs at least two values');
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}
