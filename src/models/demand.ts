import { blockLength, movingBlocks } from './bootstrap.ts';
import { dot, gram, type Matrix, project, scaledCondition, solveSymmetric } from './linear.ts';
import { nnls, nnlsGram } from './nnls.ts';
import { median, quantile, studentQuantile } from './quantile.ts';
import { Random } from './random.ts';

/**
 * Service demand by request class: what one request of each class costs of a resource.
 *
 * By the utilisation law (P. Denning, J. Buzen, The operational analysis of queueing network models, 1978) what is used
 * in an interval is linear in what was completed in it: `used(t) = idle(t) D_0 + sum_k count_k(t) D_k`, D >= 0. The D
 * are found by weighted non-negative least squares over intervals with a changing mix, robust to a few outlying
 * intervals, with intervals from a moving-block bootstrap of the residuals.
 */
export type DemandInterval = {
  /** What the background is in proportion to: seconds, or seconds times replicas. */
  idle: number;
  /** Requests completed, one number per class. */
  counts: readonly number[];
  used: number;
};

export type Estimate = { value: number; low: number; high: number };

export type DemandFit = {
  /** Per unit of `idle`. */
  background: Estimate;
  /** Per class, in the order of `counts`. */
  demands: Estimate[];
  /** Classes that only make sense together, as indices into `counts`; every class is in exactly one group. */
  groups: number[][];
  /** False when the background could not be told from the requests and is counted as theirs. */
  backgroundSeparable: boolean;
  /** Of the design as measured, columns scaled, before anything was merged. */
  condition: number;
  r2: number;
  /** Weight of every interval in the last fit, below 1 for outliers. */
  weights: number[];
  /** Background and demands of every bootstrap replicate, in the order [background, ...demands]. */
  replicates: number[][];
};

export type DemandOptions = {
  seed: number;
  /** Neighbouring intervals kept together by the bootstrap; about the cube root of their count by default. */
  block?: number;
  replicates?: number;
  /** Off where rare, large intervals are part of the cost, as with checkpoint writes. */
  robust?: boolean;
};

/** Above this the coefficients of an ordinary fit are no more than a guess (Belsley, Kuh and Welsch, 1980). */
const MAX_CONDITION = 30;
/** In standard deviations; farther residuals count as outliers and are pulled in (P. Huber, 1964). */
const OUTLIER = 3;
const LEVEL = 0.95;

/**
 * Fits the demands of every class. Throws a RangeError when there are fewer intervals than unknowns plus two, nothing
 * was counted for a class, or a number is negative or not finite.
 */
export function fitDemand(intervals: readonly DemandInterval[], options: DemandOptions): DemandFit {
  const classes = check(intervals);
  const { design, groups, backgroundSeparable, condition } = separable(intervals, classes);
  const used = intervals.map((interval) => interval.used);
  const robust = options.robust ?? true;
  const fit = weightedFit(design, used, robust);
  const random = Random.seeded(options.seed);
  const block = Math.min(options.block ?? blockLength(used.length), used.length);
  const { errors, widening } = bootstrapErrors(design, used, fit, block);
  const degrees = Math.max(1, used.length - (design[0] as readonly number[]).length);
  // A percentile interval is too narrow for few intervals: it takes the spread as known.
  const inflation = studentQuantile((1 + LEVEL) / 2, degrees) / studentQuantile((1 + LEVEL) / 2, 1e9);
  const replicates: number[][] = [];
  for (let b = 0; b < (options.replicates ?? 400); b++) {
    const rows = movingBlocks(used.length, block, random);
    const drawn = fit.fitted.map(
      (value, t) => value + (fit.scale[t] as number) * (errors[rows[t] as number] as number),
    );
    const again = weightedFit(design, drawn, robust, fit.scale);
    replicates.push(
      again.x.map((value, j) => {
        const centre = fit.x[j] as number;
        return Math.max(0, centre + inflation * widening * (value - centre));
      }),
    );
  }
  const expand = (x: readonly number[]) => spreadOut(x, groups, backgroundSeparable, classes);
  const all = replicates.map(expand);
  const values = expand(fit.x);
  const estimates = values.map((value, j) =>
    interval(
      value,
      all.map((x) => x[j] as number),
    ),
  );
  return {
    background: estimates[0] as Estimate,
    demands: estimates.slice(1),
    groups,
    backgroundSeparable,
    condition,
    r2: explained(intervals, fit.fitted),
    weights: fit.weights,
    replicates: all,
  };
}

function check(intervals: readonly DemandInterval[]): number {
  const classes = intervals[0]?.counts.length ?? 0;
  if (classes === 0) throw new RangeError('demand needs at least one class');
  if (intervals.length < classes + 3) {
    throw new RangeError(
      `${intervals.length} intervals are too few for ${classes} classes and the background`,
    );
  }
  for (const { idle, counts, used } of intervals) {
    const numbers = [idle, used, ...counts];
    if (counts.length !== classes || !numbers.every((v) => Number.isFinite(v) && v >= 0) || idle === 0) {
      throw new RangeError('an interval must hold one count per class and numbers of zero or more');
    }
  }
  for (let k = 0; k < classes; k++) {
    if (intervals.every(({ counts }) => counts[k] === 0)) throw new RangeError(`class ${k} has no requests`);
  }
  return classes;
}

type Separation = { design: Matrix; groups: number[][]; backgroundSeparable: boolean; condition: number };

/**
 * The design with columns merged until what is left can be told apart: first the background is given up if that is
 * enough, then the two classes that move most alike become one, and so on.
 */
function separable(intervals: readonly DemandInterval[], classes: number): Separation {
  let groups = Array.from({ length: classes }, (_, k) => [k]);
  let backgroundSeparable = true;
  const build = (background: boolean, by: readonly number[][]) =>
    intervals.map(({ idle, counts }) => [
      ...(background ? [idle] : []),
      ...by.map((group) => group.reduce((sum, k) => sum + (counts[k] as number), 0)),
    ]);
  const condition = scaledCondition(build(true, groups));
  while (scaledCondition(build(backgroundSeparable, groups)) > MAX_CONDITION) {
    if (
      backgroundSeparable &&
      (groups.length === 1 || scaledCondition(build(false, groups)) <= MAX_CONDITION)
    ) {
      backgroundSeparable = false;
    } else groups = mergeMostAlike(build(false, groups), groups);
  }
  return { design: build(backgroundSeparable, groups), groups, backgroundSeparable, condition };
}

function mergeMostAlike(columns: Matrix, groups: readonly number[][]): number[][] {
  const product = gram(columns);
  const at = (i: number, j: number) => (product[i] as number[])[j] as number;
  let best = { i: 0, j: 1, cosine: Number.NEGATIVE_INFINITY };
  for (let j = 1; j < groups.length; j++) {
    for (let i = 0; i < j; i++) {
      const cosine = at(i, j) / Math.sqrt(at(i, i) * at(j, j));
      if (cosine > best.cosine) best = { i, j, cosine };
    }
  }
  const merged = [...(groups[best.i] as number[]), ...(groups[best.j] as number[])].sort((a, b) => a - b);
  return groups.flatMap((group, g) => (g === best.i ? [merged] : g === best.j ? [] : [group]));
}

type WeightedFit = {
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
function weightedFit(
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
    const factor = weights.map((weight, t) => Math.sqrt(weight) / (spread[t] as number));
    const rows = design.map((row, t) => row.map((value) => value * (factor[t] as number)));
    const targets = used.map((value, t) => value * (factor[t] as number));
    const next = nnlsGram(gram(rows), project(rows, targets));
    const moved =
      next.some((value, j) => Math.abs(value - (x[j] ?? Number.NaN)) > 1e-7 * value) || step === 0;
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
function bootstrapErrors(design: Matrix, used: readonly number[], fit: WeightedFit, block: number) {
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

function spreadOut(
  x: readonly number[],
  groups: readonly number[][],
  background: boolean,
  classes: number,
): number[] {
  const result = new Array<number>(classes + 1).fill(0);
  if (background) result[0] = x[0] as number;
  groups.forEach((group, g) => {
    for (const k of group) result[k + 1] = x[g + (background ? 1 : 0)] as number;
  });
  return result;
}

function interval(value: number, replicates: readonly number[]): Estimate {
  return {
    value,
    low: Math.min(value, quantile(replicates, (1 - LEVEL) / 2)),
    high: Math.max(value, quantile(replicates, (1 + LEVEL) / 2)),
  };
}

/** Share of the variation around the mean rate of use that the fit explains. */
function explained(intervals: readonly DemandInterval[], fitted: readonly number[]): number {
  const total = intervals.reduce((sum, { used }) => sum + used, 0);
  const idle = intervals.reduce((sum, i) => sum + i.idle, 0);
  let around = 0;
  let left = 0;
  intervals.forEach(({ used, idle: length }, t) => {
    around += (used - (total / idle) * length) ** 2;
    left += (used - (fitted[t] as number)) ** 2;
  });
  return around === 0 ? (left === 0 ? 1 : 0) : 1 - left / around;
}
