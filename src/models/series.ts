/** One reading of a series: time in seconds and value. */
export type Point = { t: number; value: number };

/**
 * A series of readings that can be asked for its increase between any two times. Between two readings it is taken to
 * rise evenly; across a gap, and across a reset of a counter, nothing is known.
 */
export type Series = {
  readonly points: readonly Point[];
  /** Pairs of neighbouring readings that are too far apart, and the seconds between them. */
  readonly gaps: { readonly count: number; readonly seconds: number };
  /** How often a counter went down. */
  readonly resets: number;
  /** What was added from `from` to `to`; undefined when a gap or reset lies between or a time is outside. */
  increase(from: number, to: number): number | undefined;
};

/** Readings further apart than this many of their usual distances leave a gap. */
const GAP = 2.5;

/**
 * The series of `readings`, in any order of time. A counter only rises, so a lower value means that it began anew; a
 * gauge may fall. Throws a RangeError when a reading is not finite.
 */
export function seriesOf(readings: readonly Point[], kind: 'counter' | 'gauge'): Series {
  for (const { t, value } of readings) {
    if (!Number.isFinite(t) || !Number.isFinite(value))
      throw new RangeError('readings must be finite numbers');
  }
  const points = readings.toSorted((a, b) => a.t - b.t).filter((point, i, all) => point.t !== all[i - 1]?.t);
  const distances = points.slice(1).map((point, i) => point.t - (points[i] as Point).t);
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
  const gaps = { count: 0, seconds: 0 };
  let resets = 0;
  /** Per reading, how many gaps and resets came before it: an increase is known only within one stretch. */
  const stretch: number[] = [0];
  points.slice(1).forEach((point, i) => {
    const before = points[i] as Point;
    const isGap = point.t - before.t > GAP * usual;
    const isReset = kind === 'counter' && point.value < before.value;
    if (isGap) {
      gaps.count++;
      gaps.seconds += point.t - before.t;
    }
    if (isReset) resets++;
    stretch.push((stretch[i] as number) + (isGap || isReset ? 1 : 0));
  });

  const locate = (t: number) => {
    const after = firstAtLeast(points, t);
    const right = points[after];
    if (right === undefined) return undefined;
    if (right.t === t) return { value: right.value, stretch: stretch[after] as number };
    const left = points[after - 1];
    if (left === undefined || stretch[after] !== stretch[after - 1]) return undefined;
    const value = left.value + ((t - left.t) / (right.t - left.t)) * (right.value - left.value);
    return { value, stretch: stretch[after] as number };
  };
  return {
    points,
    gaps,
    resets,
    increase(from, to) {
      const [start, end] = [locate(from), locate(to)];
      if (start === undefined || end === undefined || start.stretch !== end.stretch) return undefined;
      return end.value - start.value;
    },
  };
}

/** The index of the first point at or after `t`, by halving. */
function firstAtLeast(points: readonly Point[], t: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as Point).t < t) low = middle + 1;
    else high = middle;
  }
  return low;
}
