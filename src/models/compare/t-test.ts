import { mean, variance } from '../moments.ts';
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
  if (![...x, ...y].every(Number.isFinite)) throw new RangeError('a sample holds finite numbers only');
  const [ofX, ofY] = [variance(x) / x.length, variance(y) / y.length];
  if (!(ofX + ofY > 0)) throw new RangeError('two samples that do not vary have no t-test');
  const t = (mean(x) - mean(y)) / Math.sqrt(ofX + ofY);
  const degrees = (ofX + ofY) ** 2 / (ofX ** 2 / (x.length - 1) + ofY ** 2 / (y.length - 1));
  return { t, degrees, p: pOf(t, degrees, alternative) };
}

/** The p of a value of Student's t. */
export function pOf(t: number, degrees: number, alternative: Alternative): number {
  if (alternative === 'greater') return studentTail(t, degrees);
  if (alternative === 'less') return studentTail(-t, degrees);
  return 2 * studentTail(Math.abs(t), degrees);
}
