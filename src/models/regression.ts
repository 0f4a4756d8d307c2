import { dot, gram, type Matrix, project, solveSymmetric } from './linear.ts';
import { nnls, nnlsGram } from './nnls.ts';
import { median, quantile } from './quantile.ts';

/**
 * Non-negative regression for measurements whose noise grows with their size, is correlated in time and strikes out
 * now and then; and the errors that a bootstrap of such a fit draws from.
 */

/** In standard deviations; farther residuals count as outliers and are pulled in (P. Huber, 1964). */
const OUTLIER = 3;

export type WeightedFit = {
  x: number[];
  fitted: number[];
  /** Standard deviation of every interval up to a common factor. */
  scale: number[];
  weights: number[];
};

/**
 * Iteratively reweighted non-negative least squares. The standard deviation of an interval is taken as a constant plus
 * a share of what is used, both found from the residuals; `scale` gives it when the caller knows it already.
 */
export function fitNonNegative(
  design: Matrix,
  used: readonly number[],
  robust: boolean,
  scale?: readonly number[],
): WeightedFit {
  let spread = scale ? [...scale] : used.map(() => 1);
  let weights: number[] = used.map(() => 1);
  let x: number[] = [];
  let fitted: number[] = [];
  for (let step = 0; step < 12; step++) {
    const factors = weights.map((weight, t) => weight / (spread[t] as number) ** 2);
    const next = nnlsGram(gram(design, factors), project(design, used, factors));
    const moved = step === 0 || next.some((value, j) => Math.abs(value - (x[j] as number)) > 1e-7 * value);
    x = next;
    fitted = design.map((row) => dot(row, x));
    if (!moved) break;
    // Twice is enough, and a scale that keeps moving would keep the fit from settling.
    if (!scale && step < 2) spread = deviation(used, fitted);
    if (robust) weights = huber(used, fitted, spread);
  }
  return { x, fitted, scale: spread, weights };
}

/** Standard deviation of every interval, up to a common factor: |residual| regressed on [1, fitted]. */
function deviation(used: readonly number[], fitted: readonly number[]): number[] {
  const sizes = used.map((value, t) => Math.abs(value - (fitted[t] as number)));
  // One far outlier must not decide how the noise grows.
  const bound = OUTLIER * median(sizes);
  const level = quantile(fitted, 0.5);
  if (bound === 0 || level === 0) return used.map(() => 1);
  const { x } = nnls(
    fitted.map((value) => [1, value / level]),
    sizes.map((size) => Math.min(size, bound) / bound),
  );
  const [constant = 0, share = 0] = x;
  const typical = constant + share;
  return fitted.map((value) => Math.max(constant + (share * value) / level, typical * 0.1));
}

function huber(used: readonly number[], fitted: readonly number[], scale: readonly number[]): number[] {
  const residuals = used.map((value, t) => (value - (fitted[t] as number)) / (scale[t] as number));
  // The median absolute deviation of a normal distribution is 0.6745 standard deviations.
  const sigma = median(residuals.map(Math.abs)) / 0.6745;
  return residuals.map((residual) => {
    const size = Math.abs(residual);
    // Where more than half of the intervals fit exactly there is no scale to judge the others by.
    return sigma === 0 || size <= OUTLIER * sigma ? 1 : (OUTLIER * sigma) / size;
  });
}

/**
 * What the bootstrap draws from: residuals in units of `scale`, enlarged for the leverage of their row and centred; and
 * by how much to widen what comes out of it, because blocks of fitted residuals vary less than the errors themselves.
 *
 * A fit follows its errors: the residuals are `e = M u` with `M = I - X (X'X)^-1 X'`. Their correlation at lag one is
 * therefore lower than that of the errors by the mean of the first off-diagonal of M, and the sum over a block varies
 * less than a sum of errors does. Both are worked out for errors that are a first-order autoregression.
 */
export function bootstrapErrors(design: Matrix, used: readonly number[], fit: WeightedFit, block: number) {
  const rows = design.map((row, t) => row.map((value) => value / (fit.scale[t] as number)));
  const product = gram(rows);
  const solved = rows.map((row) => solveSymmetric(product, row));
  const hat = (t: number, s: number) => dot(rows[t] as readonly number[], solved[s] as number[]);
  const raw = used.map((value, t) => (value - (fit.fitted[t] as number)) / (fit.scale[t] as number));
  const enlarge = rows.map((_, t) => 1 / Math.sqrt(Math.max(1 - hat(t, t), 0.05)));
  const enlarged = raw.map((error, t) => error * (enlarge[t] as number));
  const mean = enlarged.reduce((sum, error) => sum + error, 0) / enlarged.length;

  let [products, squares, crossed, diagonal] = [0, 0, 0, 0];
  raw.forEach((error, t) => {
    squares += error ** 2;
    diagonal += 1 - hat(t, t);
    if (t === 0) return;
    products += error * (raw[t - 1] as number);
    crossed -= hat(t, t - 1);
  });
  const r = squares === 0 ? 0 : Math.min(0.9, Math.max(0, products / squares - crossed / diagonal));

  let seen = 0;
  const starts = rows.length - block + 1;
  for (let start = 0; start < starts; start++) {
    const summed = enlarge.map((factor, t) => (t >= start && t < start + block ? factor : 0));
    const fitted = solveSymmetric(product, project(rows, summed));
    const inErrors = summed.map((factor, t) => factor - dot(rows[t] as readonly number[], fitted));
    seen += autoregressiveVariance(inErrors, r) / block / starts;
  }
  const widening = Math.sqrt((1 + r) / (1 - r) / seen);
  return { errors: enlarged.map((error) => error - mean), widening: Math.max(1, widening) };
}

/** Variance of `sum_t a_t u_t` where u has variance 1 and correlation r^lag. */
function autoregressiveVariance(a: readonly number[], r: number): number {
  let sum = 0;
  let carried = 0;
  for (const value of a) {
    sum += value ** 2 + 2 * value * carried * r;
    carried = carried * r + value;
  }
  return sum;
}
