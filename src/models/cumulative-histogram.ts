/**
 * A histogram as Prometheus keeps it: how many observations were at most each of the `bounds`, which rise, counted
 * since the source began. The last of the `counts`, one more than the bounds, is all observations.
 */
export type CumulativeHistogram = {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  /** A native histogram with an exponential schema: within a bucket observations lie evenly on a logarithmic scale. */
  readonly exponential?: boolean | undefined;
};

/**
 * What was observed between two readings of one histogram, with the bounds of the later. A count that went down, or
 * bounds that cut an earlier bucket in two, mean that the source began anew: then everything in `after` is new.
 * A native histogram that became coarser in between is compared at its coarser bounds.
 */
export function histogramIncrease(
  before: CumulativeHistogram,
  after: CumulativeHistogram,
): CumulativeHistogram {
  const counts: number[] = [];
  for (const [i, count] of after.counts.entries()) {
    const added = count - (countAtMost(before, after.bounds[i] ?? Number.POSITIVE_INFINITY) ?? Number.NaN);
    // Native buckets are counted one by one and read at once; a classic page may be read while its client adds to it.
    const least = after.exponential ? (counts[i - 1] ?? 0) : 0;
    if (!(added >= least)) return after;
    counts.push(added);
  }
  return { ...after, counts };
}

/** The histogram of all observations in `histograms`, at the bounds where each of them knows its count. */
export function addHistograms(histograms: readonly CumulativeHistogram[]): CumulativeHistogram {
  const bounds = [...new Set(histograms.flatMap((each) => each.bounds))].sort((a, b) => a - b);
  const known = bounds.flatMap((bound) => {
    const counts = histograms.map((each) => countAtMost(each, bound));
    return counts.every((count) => count !== undefined) ? [{ bound, count: sum(counts) }] : [];
  });
  return {
    bounds: known.map(({ bound }) => bound),
    counts: [...known.map(({ count }) => count), sum(histograms.map((each) => each.counts.at(-1) ?? 0))],
    ...(histograms.some((each) => each.exponential) ? { exponential: true } : {}),
  };
}

/**
 * What was observed from `from` to `to`, by readings in order of time of which those that brought nothing new may be
 * missing. What a source counted after it began anew is added, as `increase()` of Prometheus does, without the
 * extrapolation. Undefined when there is no reading at or before `from`.
 */
export function histogramBetween(
  readings: readonly { t: number; histogram: CumulativeHistogram }[],
  from: number,
  to: number,
): CumulativeHistogram | undefined {
  const start = readings.findLast(({ t }) => t <= from)?.histogram;
  if (start === undefined) return undefined;
  const stretches: CumulativeHistogram[] = [];
  let [first, last] = [start, start];
  for (const { t, histogram } of readings) {
    if (t <= from || t > to) continue;
    if (histogramIncrease(last, histogram) === histogram) {
      stretches.push(histogramIncrease(first, last));
      first = { bounds: [], counts: [0] };
    }
    last = histogram;
  }
  return addHistograms([...stretches, histogramIncrease(first, last)]);
}

/**
 * The `q` quantile, 0 to 1, as `histogram_quantile()` of Prometheus 3 has it: within a bucket of a classic histogram
 * by linear interpolation, the first beginning at 0; within one of a native histogram on a logarithmic scale, but
 * linear where it spans 0. What lies above every bound has the highest bound as its quantile. Undefined without
 * observations or bounds. https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 * Throws a RangeError for `q` outside 0 to 1.
 */
export function histogramQuantile(histogram: CumulativeHistogram, q: number): number | undefined {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not between 0 and 1`);
  const { bounds, exponential = false } = histogram;
  const counts = risen(histogram.counts);
  const total = counts.at(-1) ?? 0;
  if (!(total > 0)) return undefined;
  const below = (bucket: number) => counts[bucket - 1] ?? 0;
  const isOccupied = (count: number, bucket: number) => count > below(bucket);
  // Prometheus counts from the nearer end, which matters where a rank falls between two buckets that are far apart.
  const bucket =
    exponential && q >= 0.5
      ? counts.findLastIndex((count, i) => isOccupied(count, i) && total - below(i) >= (1 - q) * total)
      : counts.findIndex((count, i) => isOccupied(count, i) && count >= q * total);
  const upper = bounds[bucket];
  if (upper === undefined) return bounds.at(-1);
  const lower = bounds[bucket - 1] ?? (exponential ? upper : 0);
  if (bucket === 0 && upper <= 0) return upper;
  const share = (q * total - below(bucket)) / ((counts[bucket] as number) - below(bucket));
  const within = Math.min(1, Math.max(0, share));
  return exponential && lower * upper > 0
    ? lower * (upper / lower) ** within
    : lower + (upper - lower) * within;
}

/** How many were at most `bound`; undefined when it falls into the middle of a bucket that holds some. */
function countAtMost({ bounds, counts }: CumulativeHistogram, bound: number): number | undefined {
  if (bound === Number.POSITIVE_INFINITY) return counts.at(-1) ?? 0;
  const at = bounds.findIndex((each) => each >= bound);
  const index = at === -1 ? bounds.length : at;
  const below = index === 0 ? 0 : counts[index - 1];
  return bounds[index] === bound || counts[index] === below ? counts[index] : undefined;
}

/** A client that adds while its page is read may show a lower bucket ahead of a higher one. */
function risen(counts: readonly number[]): number[] {
  let most = 0;
  return counts.map((count) => {
    most = Math.max(most, count);
    return most;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
