import { checkAmount } from '../domain.ts';
import { mean } from '../moments.ts';
import { quantile } from '../quantile.ts';

/**
 * The `q` quantile over hours of the ratio of the highest value of an hour to its mean. `values` are in time order,
 * `perHour` of them to an hour, which begins with the first; the values left over at the end are not used, nor are hours
 * without traffic. The finer the values, the higher the peak they show. Throws a RangeError for fewer than two values
 * per hour, no hour with traffic, or a value that is negative or not finite.
 */
export function peakToMean(values: readonly number[], perHour: number, q: number): number {
  if (!Number.isSafeInteger(perHour) || perHour < 2)
    throw new RangeError(`${perHour} values per hour do not show a peak within it`);
  if (!values.every((value) => Number.isFinite(value) && value >= 0))
    throw new RangeError('values must be finite and zero or more');
  const ratios: number[] = [];
  for (let start = 0; start + perHour <= values.length; start += perHour) {
    const hour = values.slice(start, start + perHour);
    if (hour.some((value) => value > 0)) ratios.push(hour.reduce((a, b) => Math.max(a, b)) / mean(hour));
  }
  if (ratios.length === 0) throw new RangeError('no whole hour has any traffic');
  return quantile(ratios, q);
}

/**
 * The peak within an hour of the forecast mean `average`, and within one in which an event multiplies the traffic by
 * `event`. Throws a RangeError for a negative mean, or a ratio or multiplier below 1.
 */
export function peakOfMean(average: number, ratio: number, event = 1): number {
  checkAmount('mean', average);
  if (!(ratio >= 1)) throw new RangeError(`a peak of ${ratio} times the mean is below the mean`);
  if (!(event >= 1)) throw new RangeError(`an event that multiplies by ${event} is none`);
  return average * ratio * event;
}
