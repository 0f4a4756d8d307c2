import type { CumulativeHistogram } from '../run.ts';

/** How many observations lie above `lower` and up to `upper`; at least one. */
export type Bucket = { lower: number; upper: number; count: number };

/** Runs of neighbouring buckets: how far each begins behind the end of the one before (the first: behind 0). */
export type Span = { offset: number; length: number };

/** One side of zero: spans, and per bucket its count, or (of integer histograms) what it differs by from the one before. */
export type Side = { spans: readonly Span[]; deltas: readonly number[]; counts: readonly number[] };

/** A native histogram as a client exposes it. https://prometheus.io/docs/specs/native_histograms/ */
export type NativeHistogram = {
  schema: number;
  count: number;
  zeroThreshold: number;
  zeroCount: number;
  negative: Side;
  positive: Side;
};

/**
 * A native histogram with explicit bounds: bucket `i` of schema `s` ends at `2 ** (i * 2 ** -s)`, and the zero bucket
 * spans its threshold on both sides of zero, or on the side where there are buckets. Bounds between which there is
 * nothing are left out. Throws an Error for a schema that is not exponential (-4 to 8).
 */
export function explicitBounds(native: NativeHistogram): CumulativeHistogram {
  const { schema, zeroThreshold, zeroCount } = native;
  if (!(Number.isInteger(schema) && schema >= -4 && schema <= 8)) {
    throw new Error(`a native histogram has the unknown schema ${schema}`);
  }
  const edge = (index: number) => Math.max(zeroThreshold, powerOfTwo(index * 2 ** -schema));
  const side = (buckets: Side) =>
    numbered(buckets).map(({ index, count }) => ({ lower: edge(index - 1), upper: edge(index), count }));
  const positive = side(native.positive);
  const negative = side(native.negative).map(({ lower, upper, count }) => ({
    lower: -upper,
    upper: -lower,
    count,
  }));
  const isOneSided = positive.length > 0 !== negative.length > 0;
  const zero = {
    lower: isOneSided && positive.length > 0 ? 0 : -zeroThreshold,
    upper: isOneSided && negative.length > 0 ? 0 : zeroThreshold,
    count: zeroCount,
  };
  return cumulative([...negative.reverse(), ...(zeroCount > 0 ? [zero] : []), ...positive], {
    total: native.count,
    exponential: true,
  });
}

/** Adds up buckets that ascend. A bound that is not finite has its observations in `total` alone. */
export function cumulative(
  buckets: readonly Bucket[],
  { total, exponential }: { total: number; exponential: boolean },
): CumulativeHistogram {
  const bounds: number[] = [];
  const counts: number[] = [];
  let seen = 0;
  const add = (bound: number) => {
    if (bound === bounds.at(-1)) counts[counts.length - 1] = seen;
    else if (Number.isFinite(bound)) {
      // Not -0, which is another number to everything but arithmetic.
      bounds.push(bound + 0);
      counts.push(seen);
    }
  };
  for (const { lower, upper, count } of buckets) {
    add(lower);
    seen += count;
    add(upper);
  }
  return { bounds, counts: [...counts, total], ...(exponential ? { exponential } : {}) };
}

function numbered({ spans, deltas, counts }: Side): { index: number; count: number }[] {
  const buckets: { index: number; count: number }[] = [];
  let index = 0;
  let place = 0;
  let count = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++) {
      count = counts[place] ?? count + (deltas[place] ?? 0);
      if (count > 0) buckets.push({ index, count });
      index++;
      place++;
    }
  }
  return buckets;
}

/** Whole powers apart, so that the same bound is the same number in every schema. */
function powerOfTwo(exponent: number): number {
  const whole = Math.floor(exponent);
  return 2 ** (exponent - whole) * 2 ** whole;
}
