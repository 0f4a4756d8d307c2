import { mean, variance } from '../moments.ts';
import { type Change, checkSeries } from './e-divisive.ts';
import { bestCutAmong, stretches } from './energy.ts';
import { pOf } from './t-test.ts';

export type HunterOptions = {
  /** Values that are looked at together. */
  readonly window?: number;
  readonly maxP?: number;
  /** Smaller relative changes are merged away. */
  readonly minMagnitude?: number;
};

/**
 * Change points with a t-test instead of permutations, hence the same without a seed (M. Fleming et al., Hunter: using
 * change point detection to hunt for performance regressions, 2023; since then Apache Otava, whose answers these are):
 * windows that overlap by half give weak points at a relaxed level, which are then merged, the weakest first. The test
 * is on the data that chose the cut, so p is too small. Throws a RangeError for a value that is not finite, a window
 * below 2, or a level outside 0 to 1.
 */
export function hunterChanges(values: readonly number[], options: HunterOptions = {}): Change[] {
  const { window = 50, maxP = 0.001, minMagnitude = 0 } = options;
  checkSeries(values);
  if (!Number.isSafeInteger(window) || window < 2) throw new RangeError(`a window of ${window} has no cut`);
  if (!(maxP > 0 && maxP < 1)) throw new RangeError(`a level of ${maxP} is not between 0 and 1`);
  return merge(values, weakCuts(values, window, relaxed(maxP)), maxP, minMagnitude);
}

/** The level of the first pass, as Otava relaxes it. */
function relaxed(maxP: number): number {
  if (maxP < 0.05) return maxP * 10;
  return maxP < 0.5 ? maxP * 2 : maxP;
}

function weakCuts(values: readonly number[], window: number, maxP: number): number[] {
  const cuts = new Set<number>();
  for (let start = 0; start < values.length; ) {
    const found = divide(values.slice(start, start + window), maxP).map((cut) => start + cut);
    for (const cut of found) cuts.add(cut);
    start = Math.max(start + Math.floor(window / 2), found.at(-1) ?? 0);
  }
  return [...cuts].sort((a, b) => a - b);
}

/** E-divisive within one window: cuts are kept while the t-test across the strongest is below `maxP`. */
function divide(values: readonly number[], maxP: number): number[] {
  const cuts: number[] = [];
  for (;;) {
    const cut = bestCutAmong(values, stretches(values.length, cuts));
    if (cut === undefined) return cuts;
    const next = [...cuts, cut.index].sort((a, b) => a - b);
    const change = changes(values, next).find(({ index }) => index === cut.index);
    if (change === undefined || change.p > maxP) return cuts;
    cuts.splice(0, cuts.length, ...next);
  }
}

/**
 * After a change is dropped Otava judges the two to its right anew, though the one to its left has changed as well. Its
 * published answers depend on that, so it is done here too.
 */
function merge(
  values: readonly number[],
  weak: readonly number[],
  maxP: number,
  minMagnitude: number,
): Change[] {
  let all = changes(values, weak);
  for (;;) {
    const weakest = largest(all, ({ p }) => p);
    if (weakest === undefined) return all;
    const smallest = largest(all, (change) => -magnitude(change)) as Change;
    if (weakest.p < maxP && magnitude(smallest) > minMagnitude) return all;
    const dropped = all.indexOf(weakest.p < maxP ? smallest : weakest);
    const rest = all.toSpliced(dropped, 1);
    const anew = changes(
      values,
      rest.map(({ index }) => index),
    );
    all = rest.map((change, i) => (i === dropped || i === dropped + 1 ? (anew[i] as Change) : change));
  }
}

/** The relative change, from whichever side it is the larger. */
export function magnitude({ before, after }: Change): number {
  const relative = (from: number, to: number) => (from === 0 ? 0 : Math.abs(to / from - 1));
  return Math.max(relative(before, after), relative(after, before));
}

function changes(values: readonly number[], cuts: readonly number[]): Change[] {
  const parts = stretches(values.length, cuts).map(([start, end]) => values.slice(start, end));
  return cuts.map((index, i) => {
    const [left, right] = [parts[i] as number[], parts[i + 1] as number[]];
    return { index, p: pooledP(left, right), before: mean(left), after: mean(right) };
  });
}

/** Student's t-test with one variance, from deviations that divide by n instead of n - 1, as Otava passes them. */
function pooledP(left: readonly number[], right: readonly number[]): number {
  const degrees = left.length + right.length - 2;
  if (degrees <= 0) return 1;
  const scatter = (side: readonly number[]) =>
    side.length === 1 ? 0 : ((side.length - 1) ** 2 / side.length) * variance(side);
  const pooled = (scatter(left) + scatter(right)) / degrees;
  const distance = mean(left) - mean(right);
  if (pooled === 0) return distance === 0 ? 1 : 0;
  return pOf(distance / Math.sqrt(pooled * (1 / left.length + 1 / right.length)), degrees, 'two-sided');
}

/** The first of those with the largest figure. */
function largest(all: readonly Change[], figure: (change: Change) => number): Change | undefined {
  let best: Change | undefined;
  for (const change of all) if (best === undefined || figure(change) > figure(best)) best = change;
  return best;
}
