import type { Alternative } from './mann-whitney.ts';
import { studentTail } from './student.ts';

export type TTest = { readonly t: number; readonly degrees: number; readonly p: number };

/**
 * The t-test of B. Welch (1947) for x and y of one mean, whose variances may differ. Throws a RangeError for fewer
 * than two values in a sample, a value that is not finite, or samples that do not vary at all.
 */
export function welch(
  x: readonly number[],
  y: readonly number[],
  alternative: Alternative = 'two-sided',
): TTest {
  const [left, right] = [momentsOf(x), momentsOf(y)];
  const [ofX, ofY] = [left.variance / x.length, right.variance / y.length];
  if (!(ofX + ofY > 0)) throw new RangeError('two samples that do not vary have no t-test');
  const t = (left.mean - right.mean) / Math.sqrt(ofX + ofY);
  const degrees = (ofX + ofY) ** 2 / (ofX ** 2 / (x.length - 1) + ofY ** 2 / (y.length - 1));
  return { t, degrees, p: pOf(t, degrees, alternative) };
}

export function pOf(t: number, degrees: number, alternative: Alternative): number {
  if (alternative === 'greater') return studentTail(t, degrees);
  if (alternative === 'less') return studentTail(-t, degrees);
  return 2 * studentTail(Math.abs(t), degrees);
}

/** Mean, and variance of the sample with n - 1. Throws a RangeError for fewer than two values. */
export function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  if (values.length < 2) throw new RangeError('a variance needs at least two values');
  if (!values.every(Number.isFinite)) throw new RangeError('a sample holds finite numbers only');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (values.length - 1) };
}
