/** Where a series is best cut in two: `index` is the first value of the second part. */
export type Cut = { readonly index: number; readonly strength: number };

/**
 * The cut of `values` from `start` up to `end` of the largest energy distance between the part before it and some
 * stretch after it, by the statistic Q of D. Matteson and N. James (A nonparametric approach for multiple change point
 * analysis of multivariate data, 2014) with exponent 1; undefined for fewer than two values. O(n^2) time, O(n) memory.
 */
export function bestCut(values: ArrayLike<number>, start = 0, end = values.length): Cut | undefined {
  const n = end - start;
  if (n < 2) return undefined;
  const at = (i: number) => values[start + i] as number;
  /** Sums of the distances of all pairs among the first 0, 1, ... n values. */
  const within = new Float64Array(n + 1);
  for (let k = 1; k <= n; k++) {
    let sum = 0;
    for (let i = 0; i < k - 1; i++) sum += Math.abs(at(i) - at(k - 1));
    within[k] = (within[k - 1] as number) + sum;
  }
  /** The same among those from the cut to k, as the cut moves left. */
  const after = new Float64Array(n + 1);
  let best: Cut = { index: start + 1, strength: Number.NEGATIVE_INFINITY };
  for (let cut = n - 1; cut >= 1; cut--) {
    let row = 0;
    let strongest = Number.NEGATIVE_INFINITY;
    const left = within[cut] as number;
    for (let k = cut + 1; k <= n; k++) {
      row += Math.abs(at(cut) - at(k - 1));
      const right = (after[k] as number) + row;
      after[k] = right;
      const size = k - cut;
      const across = (within[k] as number) - left - right;
      const spread = (cut > 1 ? (size * left) / (cut - 1) : 0) + (size > 1 ? (cut * right) / (size - 1) : 0);
      strongest = Math.max(strongest, (2 / k) * (across - spread));
    }
    // Among equals the earliest.
    if (strongest >= best.strength) best = { index: start + cut, strength: strongest };
  }
  return best;
}

/** The stretches between cuts in ascending order, as [start, end). */
export function stretches(length: number, cuts: readonly number[]): [number, number][] {
  const bounds = [0, ...cuts, length];
  return bounds.slice(1).map((end, i) => [bounds[i] as number, end]);
}

/** The strongest of the best cuts within each of the stretches. */
export function bestCutAmong(values: ArrayLike<number>, parts: readonly [number, number][]): Cut | undefined {
  let best: Cut | undefined;
  for (const [start, end] of parts) {
    const cut = bestCut(values, start, end);
    if (cut !== undefined && (best === undefined || cut.strength > best.strength)) best = cut;
  }
  return best;
}
