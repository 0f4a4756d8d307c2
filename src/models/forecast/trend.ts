import { mean } from '../moments.ts';
import { studentQuantile } from '../quantile.ts';

/** Growth per step, compounding, as the logarithm of its factor: 0.01 is 1 % per step. */
export type Trend = { readonly rate: number; readonly low: number; readonly high: number };

/**
 * The even compound growth of totals of equal spans, with the interval that holds the true rate with probability
 * `level`: least squares on their logarithms. Null when one of them is not above zero. Throws a RangeError for fewer
 * than three.
 */
export function trendOf(totals: readonly number[], level = 0.95): Trend | null {
  if (totals.length < 3) throw new RangeError(`${totals.length} totals are too few for a trend`);
  if (!totals.every((total) => total > 0 && Number.isFinite(total))) return null;
  const logs = totals.map(Math.log);
  const [middle, average] = [(totals.length - 1) / 2, mean(logs)];
  const squares = logs.reduce((sum, _, i) => sum + (i - middle) ** 2, 0);
  const rate = logs.reduce((sum, y, i) => sum + (i - middle) * (y - average), 0) / squares;
  const residual = logs.reduce((sum, y, i) => sum + (y - average - rate * (i - middle)) ** 2, 0);
  const degrees = totals.length - 2;
  const reach = studentQuantile((1 + level) / 2, degrees) * Math.sqrt(residual / degrees / squares);
  return { rate, low: rate - reach, high: rate + reach };
}
