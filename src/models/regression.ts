import { dot, gram, logDeterminant, type Matrix, project, solveSymmetric } from './linear.ts';
import { nnls, nnlsGram } from './nnls.ts';
import { median } from './quantile.ts';

/**
 * Non-negative regression for measurements in time order whose noise grows with their size, drifts slowly, and strikes
 * out now and then; and the errors that a bootstrap of such a fit draws from.
 *
 * Each measurement is divided by its standard deviation, and what the one before it already tells is subtracted: the
 * transformation of S. Prais and C. Winsten (Trend estimators and serial correlation, 1954) for first-order
 * autoregressive noise, after which least squares is right again.
 */
export type Regression = {
  x: number[];
  fitted: number[];
  /** Below 1 for outliers. */
  weights: number[];
  /** Design and values after the transformation; their noise is alike and independent. */
  white: { design: Matrix; used: number[] };
};

/**
 * In standard deviations: farther residuals count as outliers. Up to `BEND` they pull as much as one at `OUTLIER`, from
 * there on less and less, and from `LOST` on not at all (the three-part function of F. Hampel, 1974): a pause or a
 * deploy only ever adds, so any pull that it kept would make every estimate too high.
 */
const OUTLIER = 3;
const BEND = 5;
const LOST = 8;
const CORRELATIONS = Array.from({ length: 20 }, (_, i) => i * 0.05);
/** Scale and correlation settle within this many rounds. */
const ROUNDS = 3;

export function regress(design: Matrix, used: readonly number[], robust: boolean): Regression {
  let scale = used.map(() => 1);
  let correlation = 0;
  for (let round = 0; ; round++) {
    const white = whiten(design, used, scale, correlation);
    const { x, weights } = robustNnls(white.design, white.used, robust);
    const fitted = design.map((row) => dot(row, x));
    if (round === ROUNDS) return { x, fitted, weights, white };
    scale = deviation(used, fitted);
    correlation = expectedCorrelation(design, used, scale, robust);
  }
}

/**
 * Iteratively reweighted non-negative least squares; without `robust` every weight is 1. `product` is the Gram matrix of the
 * design, which many fits of one design share.
 */
export function robustNnls(
  design: Matrix,
  used: readonly number[],
  robust: boolean,
  product: Matrix = gram(design),
): { x: number[]; weights: number[] } {
  let weights: number[] = used.map(() => 1);
  let x = nnlsGram(product, project(design, used));
  if (!robust) return { x, weights };
  for (let step = 1; step < 12; step++) {
    weights = hampel(design.map((row, t) => (used[t] as number) - dot(row, x)));
    // Without an outlier the weights are those that it was solved with.
    if (step === 1 && weights.every((weight) => weight === 1)) break;
    const next = nnlsGram(gram(design, weights), project(design, used, weights));
    const moved = next.some((value, j) => Math.abs(value - (x[j] as number)) > 1e-7 * value);
    x = next;
    if (!moved) break;
  }
  return { x, weights };
}

function hampel(residuals: readonly number[]): number[] {
  // The median absolute deviation of a normal distribution is 0.6745 standard deviations.
  const sigma = median(residuals.map(Math.abs)) / 0.6745;
  return residuals.map((residual) => {
    const size = Math.abs(residual);
    // Where more than half of the measurements fit exactly there is no scale to judge the others by.
    if (sigma === 0 || size <= OUTLIER * sigma) return 1;
    const held = (OUTLIER * sigma) / size;
    return held * Math.min(1, Math.max(0, (LOST - size / sigma) / (LOST - BEND)));
  });
}

function whiten(design: Matrix, used: readonly number[], scale: readonly number[], correlation: number) {
  const first = Math.sqrt(1 - correlation ** 2);
  const at = (value: (t: number) => number, t: number) =>
    t === 0
      ? (first * value(0)) / (scale[0] as number)
      : value(t) / (scale[t] as number) - (correlation * value(t - 1)) / (scale[t - 1] as number);
  return {
    design: design.map((row, t) =>
      row.map((_, j) => at((s) => (design[s] as readonly number[])[j] as number, t)),
    ),
    used: used.map((_, t) => at((s) => used[s] as number, t)),
  };
}

/** Standard deviation of every measurement, up to a common factor: |residual| regressed on [1, fitted]. */
function deviation(used: readonly number[], fitted: readonly number[]): number[] {
  const sizes = used.map((value, t) => Math.abs(value - (fitted[t] as number)));
  // One far outlier must not decide how the noise grows.
  const bound = OUTLIER * median(sizes);
  const level = median(fitted);
  if (bound === 0 || level === 0) return used.map(() => 1);
  const [constant = 0, share = 0] = nnls(
    fitted.map((value) => [1, value / level]),
    sizes.map((size) => Math.min(size, bound) / bound),
  ).x;
  const typical = constant + share;
  return fitted.map((value) => Math.max(constant + (share * value) / level, typical * 0.1));
}

/**
 * The correlation of neighbouring errors: its mean over the restricted likelihood (H. Patterson, R. Thompson, 1971),
 * which allows for what the fit itself takes out of the errors. None where everything fits exactly.
 */
function expectedCorrelation(
  design: Matrix,
  used: readonly number[],
  scale: readonly number[],
  robust: boolean,
): number {
  const degrees = used.length - (design[0] as readonly number[]).length;
  const badnesses: number[] = [];
  for (const correlation of CORRELATIONS) {
    const white = whiten(design, used, scale, correlation);
    const { x, weights } = robustNnls(white.design, white.used, robust);
    let squares = 0;
    let size = 0;
    white.design.forEach((row, t) => {
      const value = white.used[t] as number;
      squares += (weights[t] as number) * (value - dot(row, x)) ** 2;
      size += value ** 2;
    });
    if (squares <= 1e-20 * size) return 0;
    badnesses.push(
      degrees * Math.log(squares) - Math.log(1 - correlation ** 2) + logDeterminant(gram(white.design)),
    );
  }
  const least = Math.min(...badnesses);
  const likelihoods = badnesses.map((badness) => Math.exp((least - badness) / 2));
  const total = likelihoods.reduce((sum, likelihood) => sum + likelihood, 0);
  return (
    CORRELATIONS.reduce((sum, correlation, i) => sum + correlation * (likelihoods[i] as number), 0) / total
  );
}

/**
 * What the bootstrap draws from: residuals after the transformation, enlarged for the leverage of their row and
 * centred; and by how much to widen what comes out of it, because blocks of residuals vary less than the errors
 * themselves.
 *
 * A fit follows its errors: the residuals are `e = M u` with `M = I - X (X'X)^-1 X'`. Their correlation at lag one is
 * therefore lower than that of the errors by the mean of the first off-diagonal of M, and the sum over a block varies
 * less than a sum of errors does. Both are worked out for errors that are a first-order autoregression.
 */
export function bootstrapErrors(
  { x, white }: Regression,
  block: number,
): { errors: number[]; widening: number } {
  const { design: rows, used } = white;
  const product = gram(rows);
  const solved = rows.map((row) => solveSymmetric(product, row));
  const hat = (t: number, s: number) => dot(rows[t] as readonly number[], solved[s] as number[]);
  const raw = rows.map((row, t) => (used[t] as number) - dot(row, x));
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
