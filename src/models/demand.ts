import { blockLength, movingBlocks } from './bootstrap.ts';
import { dot, gram, type Matrix, scaledCondition } from './linear.ts';
import { normalQuantile, quantile, studentQuantile } from './quantile.ts';
import { Random } from './random.ts';
import { bootstrapErrors, type Regression, regress, robustNnls } from './regression.ts';

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
  /** Of the design as measured, columns scaled, before anything was merged; the worse of single and joined intervals. */
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
  /** Off where nothing is used without requests. */
  background?: boolean;
};

/** Above this the coefficients of an ordinary fit are no more than a guess (Belsley, Kuh and Welsch, 1980). */
const MAX_CONDITION = 30;
/**
 * Intervals that the condition is judged over together. Requests that follow each other within one user end in
 * different intervals now and then: that sets two classes apart in a second, and tells nothing of what they cost.
 */
const BLOCK = 4;
const LEVEL = 0.95;

/**
 * Fits the demands of every class. Throws a RangeError when there are fewer intervals than unknowns plus two, nothing
 * was counted for a class, or a number is negative or not finite.
 */
export function fitDemand(intervals: readonly DemandInterval[], options: DemandOptions): DemandFit {
  const classes = check(intervals);
  const { design, groups, hasBackground, backgroundSeparable, condition } = separable(
    intervals,
    classes,
    options.background ?? true,
  );
  const used = intervals.map((interval) => interval.used);
  const fit = regress(design, used, options.robust ?? true);
  const expand = (x: readonly number[]) => spreadOut(x, groups, hasBackground, classes);
  const replicates = bootstrap(fit, options).map(expand);
  const estimates = expand(fit.x).map((value, j) => ({
    value,
    ...within(
      value,
      replicates.map((x) => x[j] as number),
    ),
  }));
  return {
    background: estimates[0] as Estimate,
    demands: estimates.slice(1),
    groups,
    backgroundSeparable,
    condition,
    r2: explained(intervals, fit.fitted),
    weights: fit.weights,
    replicates,
  };
}

/** Background and demands alone, without allowing for correlated errors: for many fits of parts of a run. */
export function estimateDemand(intervals: readonly DemandInterval[]): {
  background: number;
  demands: number[];
} {
  const classes = check(intervals);
  const { design, groups, hasBackground } = separable(intervals, classes, true);
  const { x } = robustNnls(
    design,
    intervals.map(({ used }) => used),
    true,
  );
  const [background = 0, ...demands] = spreadOut(x, groups, hasBackground, classes);
  return { background, demands };
}

/** Coefficients of fits to the fitted values plus resampled errors, as far from the fit as the truth may be. */
function bootstrap(fit: Regression, options: DemandOptions): number[][] {
  const { design, used } = fit.white;
  const random = new Random(options.seed);
  const block = Math.min(options.block ?? blockLength(used.length), used.length);
  const { errors, widening } = bootstrapErrors(fit, block);
  const fitted = design.map((row) => dot(row, fit.x));
  const degrees = Math.max(1, used.length - fit.x.length);
  // A percentile interval takes the size of the errors as known, which it is not from few intervals.
  const inflation = widening * (studentQuantile((1 + LEVEL) / 2, degrees) / normalQuantile((1 + LEVEL) / 2));
  const product = gram(design);
  return Array.from({ length: options.replicates ?? 400 }, () => {
    const rows = movingBlocks(used.length, block, random);
    const drawn = fitted.map((value, t) => value + (errors[rows[t] as number] as number));
    const { x } = robustNnls(design, drawn, options.robust ?? true, product);
    return x.map((value, j) => {
      const centre = fit.x[j] as number;
      return Math.max(0, centre + inflation * (value - centre));
    });
  });
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

type Separation = {
  design: Matrix;
  groups: number[][];
  hasBackground: boolean;
  backgroundSeparable: boolean;
  condition: number;
};

/**
 * The design with columns merged until what is left can be told apart: first the background is given up if that is
 * enough, then the two classes that move most alike become one, and so on.
 */
function separable(intervals: readonly DemandInterval[], classes: number, wanted: boolean): Separation {
  let groups = Array.from({ length: classes }, (_, k) => [k]);
  let hasBackground = wanted;
  const build = (background: boolean, by: readonly number[][]) =>
    intervals.map(({ idle, counts }) => [
      ...(background ? [idle] : []),
      ...by.map((group) => group.reduce((sum, k) => sum + (counts[k] as number), 0)),
    ]);
  const length = Math.max(1, Math.min(BLOCK, Math.floor(intervals.length / (3 * (classes + 2)))));
  const conditionOf = (background: boolean, by: readonly number[][]) => {
    const rows = build(background, by);
    return Math.max(scaledCondition(rows), scaledCondition(inBlocks(rows, length)));
  };
  const condition = conditionOf(wanted, groups);
  while (conditionOf(hasBackground, groups) > MAX_CONDITION) {
    if (hasBackground && (groups.length === 1 || conditionOf(false, groups) <= MAX_CONDITION)) {
      hasBackground = false;
    } else groups = mergeMostAlike(build(false, groups), groups);
  }
  const backgroundSeparable = hasBackground === wanted;
  return { design: build(hasBackground, groups), groups, hasBackground, backgroundSeparable, condition };
}

/** The sums of `length` neighbouring rows each; rows that do not fill the last block are left out. */
function inBlocks(rows: Matrix, length: number): Matrix {
  const blocks = Array.from({ length: Math.floor(rows.length / length) }, (_, i) =>
    rows.slice(i * length, (i + 1) * length),
  );
  return blocks.map((block) =>
    (block[0] ?? []).map((_, j) => block.reduce((sum, row) => sum + (row[j] as number), 0)),
  );
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

function within(value: number, replicates: readonly number[]): { low: number; high: number } {
  return {
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
