import type { Point } from './series.ts';

/**
 * Readings of a counter as if it had never begun anew: what it had reached before each reset is added to all that
 * follows. What was counted between the last reading and the reset is lost.
 */
export function withoutResets(points: readonly Point[]): Point[] {
  let reached = 0;
  return points.map(({ t, value }, i) => {
    const before = points[i - 1]?.value ?? value;
    if (value < before) reached += before;
    return { t, value: value + reached };
  });
}

/** A counter that was read this many usual distances from the edge of the window is taken not to reach the edge. */
const REACH = 1.1;

/**
 * By how much a counter rose from `from` (excluded) to `to`, as `increase()` of Prometheus 3 has it: resets are made up
 * for, and the rise between the first and the last reading is extended to the edges of the window, or by half the
 * usual distance between readings where an edge is further away, but not to before the counter was zero. Readings are
 * in order of time. Undefined with fewer than two of them in the window. Throws a RangeError when it is empty.
 */
export function counterIncrease(points: readonly Point[], from: number, to: number): number | undefined {
  if (!(to > from)) throw new RangeError(`the window from ${from} to ${to} is empty`);
  const inside = withoutResets(points.filter(({ t }) => t > from && t <= to));
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined || inside.length < 2) return undefined;
  const sampled = last.t - first.t;
  const distance = sampled / (inside.length - 1);
  const reached = (edge: number) => (edge >= REACH * distance ? distance / 2 : edge);
  const rise = last.value - first.value;
  const sinceZero = rise > 0 && first.value >= 0 ? (sampled * first.value) / rise : Number.POSITIVE_INFINITY;
  const extended = sampled + Math.min(reached(first.t - from), sinceZero) + reached(to - last.t);
  return (rise * extended) / sampled;
}

/** The same per second, as `rate()` has it. */
export function counterRate(points: readonly Point[], from: number, to: number): number | undefined {
  const increase = counterIncrease(points, from, to);
  return increase === undefined ? undefined : increase / (to - from);
}
