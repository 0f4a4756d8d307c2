import { dot, scaledCondition } from './linear.ts';
import { median } from './quantile.ts';
import { robustNnls } from './regression.ts';
import type { Series } from './series.ts';

/**
 * By how much a counter trails the requests that make it rise. A counter that is added to before a request is answered
 * is ahead of it, which is a negative lag; statistics that are handed over once a second come after it.
 *
 * The counts are shifted against the counter by every lag of a grid, and the demand law is fitted at each (the best-fit
 * shift: the same as the peak of the cross-correlation of D. Knapp and W. Carter, The generalized correlation method
 * for estimation of time delay, 1976, when there is one class and no background). The lag whose errors are smallest is
 * taken when it fits better than none by more than chance explains.
 */
export type LagWindow = { from: number; to: number; idle: number; used: number };

/** Seconds: the least and the greatest lag that is looked for, and the distance of the grid. */
export const LAGS = { least: -0.6, most: 2.4, step: 0.2 } as const;

/** Half of the chi-squared quantile of one degree of freedom at 99.9 %: likelihoods apart by less are chance. */
const CONVINCING = 5.41;
/** In standard deviations: farther errors count in proportion to their size and not to its square (P. Huber, 1964). */
const FAR = 3;
/** Seconds below which a lag is none: readings and rows are not placed in time more exactly. */
const LEAST = 0.05;
/** Windows needed beside the unknowns before a lag can be told. */
const SPARE = 10;

/**
 * The lag in seconds, 0 when the windows do not tell one. `counts` are the completed requests of each class since the
 * start. Windows from which a shift by some lag would reach beyond the counts are left out, and so are classes that move
 * with those before them. Throws a RangeError when there are no counts.
 */
export function counterLag(windows: readonly LagWindow[], counts: readonly Series[]): number {
  if (counts.length === 0) throw new RangeError('a lag needs the counts of at least one class');
  const lags = Array.from(
    { length: Math.round((LAGS.most - LAGS.least) / LAGS.step) + 1 },
    (_, i) => LAGS.least + i * LAGS.step,
  );
  const usable = windows.filter(({ from, to }) =>
    counts.every(
      (series) =>
        series.increase(from - LAGS.most, to - LAGS.most) !== undefined &&
        series.increase(from - LAGS.least, to - LAGS.least) !== undefined,
    ),
  );
  if (usable.length < counts.length + 1 + SPARE) return 0;
  const used = usable.map((window) => window.used);
  const apart = independent(usable, counts);
  const errors = lags.map((lag) => errorsAt(usable, apart, used, lag));
  // The errors of the best lag say how large errors are.
  const sigma = Math.min(...errors.map((own) => median(own.map(Math.abs)))) / 0.6745;
  const scale = Math.max(sigma, 1e-9 * median(used.map(Math.abs)), Number.MIN_VALUE);
  const badness = errors.map((own) => own.reduce((sum, error) => sum + huber(error / scale), 0));
  const best = badness.indexOf(Math.min(...badness));
  // What still gets better at the end of the grid is no shift.
  if (best === 0 || best === lags.length - 1) return 0;
  const none = badness[lags.findIndex((lag) => Math.abs(lag) < LAGS.step / 2)] as number;
  if (none - (badness[best] as number) < CONVINCING) return 0;
  const lag = (lags[best] as number) + LAGS.step * vertex(badness, best);
  return Math.abs(lag) < LEAST ? 0 : lag;
}

/** Above this condition number a class tells nothing that those before it do not (Belsley, Kuh and Welsch, 1980). */
const MAX_CONDITION = 30;

function independent(windows: readonly LagWindow[], counts: readonly Series[]): Series[] {
  const kept: Series[] = [];
  for (const series of counts) {
    const design = designAt(windows, [...kept, series], 0);
    if (scaledCondition(design) <= MAX_CONDITION) kept.push(series);
  }
  return kept;
}

function designAt(windows: readonly LagWindow[], counts: readonly Series[], lag: number): number[][] {
  return windows.map(({ from, to, idle }) => [
    idle,
    ...counts.map((series) => series.increase(from - lag, to - lag) ?? 0),
  ]);
}

function errorsAt(
  windows: readonly LagWindow[],
  counts: readonly Series[],
  used: readonly number[],
  lag: number,
): number[] {
  const design = designAt(windows, counts, lag);
  // A class whose few requests are shifted out of the windows is no unknown.
  const present = [0, ...counts.map((_, k) => k + 1)].filter((j) => design.some((row) => row[j] !== 0));
  const rows = design.map((row) => present.map((j) => row[j] as number));
  const { x } = robustNnls(rows, used, true);
  return rows.map((row, t) => (used[t] as number) - dot(row, x));
}

function huber(error: number): number {
  const size = Math.abs(error);
  return size <= FAR ? size ** 2 / 2 : FAR * size - FAR ** 2 / 2;
}

/** Where the parabola through the least value and its neighbours is lowest, in steps from the least. */
function vertex(values: readonly number[], least: number): number {
  const [before = 0, at = 0, after = 0] = values.slice(least - 1, least + 2);
  const bend = before - 2 * at + after;
  return bend === 0 ? 0 : (before - after) / (2 * bend);
}
