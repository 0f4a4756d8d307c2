import type { Interval } from '../interval.ts';
import { mean } from '../moments.ts';
import { normalQuantile, sortedQuantile } from '../quantile.ts';
import { Random } from '../random.ts';
import { normalCdf } from './normal.ts';

export type Ratio = Interval & { readonly ratio: number };

/** Below this many runs an arm has too few different replicates to speak of an interval. */
const FEWEST_RUNS = 3;
const REPLICATES = 2000;

/**
 * The mean of the runs of `after` over that of `before`, with its bootstrap interval: bias-corrected and accelerated
 * (B. Efron, Better bootstrap confidence intervals, 1987; the acceleration over both samples), each arm drawn by
 * itself. The values are one figure of each run, for example its p99: requests within a run are not independent. With
 * three to six runs the interval is too narrow, as every bootstrap's is. Throws a RangeError for fewer than three runs
 * in an arm, or a figure that is not finite and above zero.
 */
export function ratioOfMeans(
  before: readonly number[],
  after: readonly number[],
  options: { seed: number; level?: number; replicates?: number },
): Ratio {
  for (const arm of [before, after]) {
    if (arm.length < FEWEST_RUNS) throw new RangeError(`an arm needs at least ${FEWEST_RUNS} runs`);
    if (!arm.every((value) => Number.isFinite(value) && value > 0))
      throw new RangeError('the figures of a ratio must be finite and above zero');
  }
  const { seed, level = 0.95, replicates = REPLICATES } = options;
  if (!(level > 0 && level < 1)) throw new RangeError(`a level of ${level} is not between 0 and 1`);
  const random = new Random(seed);
  const ratio = mean(after) / mean(before);
  const drawn = Float64Array.from(
    { length: replicates },
    () => drawMean(after, random) / drawMean(before, random),
  );
  const sorted = drawn.sort();
  const at = adjusted(bias(sorted, ratio), acceleration(before, after));
  return {
    ratio,
    low: sortedQuantile(sorted, at((1 - level) / 2)),
    high: sortedQuantile(sorted, at((1 + level) / 2)),
  };
}

/** Which quantile of the replicates stands for the quantile p. */
function adjusted(shift: number, slope: number): (p: number) => number {
  return (p) => {
    const z = shift + normalQuantile(p);
    return normalCdf(shift + z / (1 - slope * z));
  };
}

/** How far the median of the replicates lies from the ratio, in normal deviations; ties count half. */
function bias(sorted: Float64Array, ratio: number): number {
  let below = 0;
  for (const value of sorted) below += value < ratio ? 1 : value === ratio ? 0.5 : 0;
  // All replicates on one side would be an infinite correction.
  const share = Math.min(Math.max(below, 0.5), sorted.length - 0.5) / sorted.length;
  return normalQuantile(share);
}

/** The skewness of the influence of each run on the ratio, by leaving it out, over six. */
function acceleration(before: readonly number[], after: readonly number[]): number {
  const influences = [
    ...centred(
      after.map((_, i) => mean(after.toSpliced(i, 1)) / mean(before)),
      after.length,
    ),
    ...centred(
      before.map((_, i) => mean(after) / mean(before.toSpliced(i, 1))),
      before.length,
    ),
  ];
  const squares = influences.reduce((sum, value) => sum + value ** 2, 0);
  const cubes = influences.reduce((sum, value) => sum + value ** 3, 0);
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** Arms of different length: each influence is per run of its own arm. */
function centred(leftOut: readonly number[], n: number): number[] {
  const middle = mean(leftOut);
  return leftOut.map((value) => ((n - 1) * (middle - value)) / n);
}

function drawMean(values: readonly number[], random: Random): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[random.integer(values.length)] as number;
  return sum / values.length;
}
