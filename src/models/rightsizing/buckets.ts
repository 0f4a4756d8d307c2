/** Where the buckets of a histogram begin. The last has no end, and below zero there is nothing. */
export type Buckets = {
  readonly count: number;
  /** The bucket of a value. */
  readonly of: (value: number) => number;
  /** Where bucket `index` starts: as much is the end of the one before. */
  readonly start: (index: number) => number;
};

/**
 * Buckets that grow by `ratio`, the first being `first` wide and the last beginning at or above `max`: bucket k starts at
 * `first (ratio^k - 1) / (ratio - 1)`, as the vertical pod autoscaler of Kubernetes has them. Throws a RangeError outside.
 */
export function exponentialBuckets({
  max,
  first,
  ratio,
}: {
  readonly max: number;
  readonly first: number;
  readonly ratio: number;
}): Buckets {
  if (!(max > 0 && first > 0 && first <= max && ratio > 1))
    throw new RangeError(`no exponential buckets go from ${first} to ${max} by ${ratio}`);
  const indexOf = (value: number) => Math.log((value * (ratio - 1)) / first + 1) / Math.log(ratio);
  const count = Math.ceil(indexOf(max)) + 1;
  return {
    count,
    of: (value) => (value < first ? 0 : Math.min(count - 1, Math.floor(indexOf(value)))),
    start: (index) => (index === 0 ? 0 : (first * (ratio ** index - 1)) / (ratio - 1)),
  };
}

/** Buckets of one `size` up to `max`. Throws a RangeError unless both are above zero. */
export function linearBuckets({ max, size }: { readonly max: number; readonly size: number }): Buckets {
  if (!(max > 0 && size > 0)) throw new RangeError(`no buckets of ${size} go up to ${max}`);
  const count = Math.ceil(max / size) + 1;
  return {
    count,
    of: (value) => Math.min(count - 1, Math.max(0, Math.floor(value / size))),
    start: (index) => index * size,
  };
}

/** The end of the bucket in which the share `q` of `weights` is reached; the start of the last, which has no end. */
export function bucketQuantile(buckets: Buckets, weights: ArrayLike<number>, q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not between 0 and 1`);
  let [total, last] = [0, 0];
  let lowest = -1;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (weight <= 0) continue;
    if (lowest < 0) lowest = i;
    total += weight;
    last = i;
  }
  if (lowest < 0) return 0;
  let index = lowest;
  for (let sum = 0; index < last; index++) {
    sum += weights[index] as number;
    if (sum >= q * total) break;
  }
  return buckets.start(Math.min(index + 1, buckets.count - 1));
}
