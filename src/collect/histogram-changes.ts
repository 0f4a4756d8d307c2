import type { CumulativeHistogram } from '../run.ts';

export type Histograms = Readonly<Record<string, CumulativeHistogram>>;

/** Of the histograms read `now`, those that are not as they were `before`; undefined when there are none. */
export function changedHistograms(
  before: Histograms,
  now: Histograms,
): Record<string, CumulativeHistogram> | undefined {
  const changed = Object.entries(now).filter(([name, histogram]) => !isSame(before[name], histogram));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

function isSame(before: CumulativeHistogram | undefined, now: CumulativeHistogram): boolean {
  return before !== undefined && areEqual(before.counts, now.counts) && areEqual(before.bounds, now.bounds);
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
