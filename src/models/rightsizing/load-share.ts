import { sortedQuantile } from '../quantile.ts';
import { Random } from '../random.ts';
import { type Buckets, bucketQuantile, exponentialBuckets } from './buckets.ts';
import { DAY, daysOf, type Grid } from './use.ts';

/** From a tenth of a millicore; results are told at most 2 % too high. */
const buckets: Buckets = exponentialBuckets({ max: 1000, first: 1e-4, ratio: 1.02 });
const REPLICATES = 200;

/** The CPU work of one day by how much CPU was in use when it was done: core-steps by bucket. */
export type DayWork = Float64Array;

/**
 * Work weighs by its amount and not by its time: a night in which nothing happens says nothing of what the day needs
 * (the load-adjusted histogram of K. Rzadca et al., Autopilot: workload autoscaling at Google, EuroSys 2020).
 */
export function dayWorkOf({ step, steps }: Grid, pods: readonly Float64Array[]): DayWork[] {
  const days = Array.from(
    { length: daysOf({ from: 0, step, steps }) },
    () => new Float64Array(buckets.count),
  );
  const perDay = DAY / step;
  for (const values of pods) {
    for (let i = 0; i < values.length; i++) {
      const cores = values[i] as number;
      if (!(cores > 0)) continue;
      const day = days[Math.floor(i / perDay)] as DayWork;
      const index = buckets.of(cores);
      day[index] = (day[index] as number) + cores;
    }
  }
  return days;
}

export type Bounded = {
  /** As it was. */
  readonly value: number;
  /** The central 90 % of what other days like these would give. */
  readonly low: number;
  readonly high: number;
  /** What it is not above with the asked confidence, and not less than `value`. */
  readonly bound: number;
};

/**
 * The cores that are enough for the share `q` of the work, and a bound of `confidence` on that from a bootstrap of whole
 * days: what is alike within a day, and the daily cycle, stay together, and few days give a wide interval.
 */
export function coresForWork(
  days: readonly DayWork[],
  q: number,
  { confidence, seed }: { readonly confidence: number; readonly seed: number },
): Bounded {
  const worked = days.filter((day) => day.some((work) => work > 0));
  if (worked.length === 0) return { value: 0, low: 0, high: 0, bound: 0 };
  const random = new Random(seed);
  const sum = new Float64Array(buckets.count);
  const first = Math.min(...worked.map((day) => day.findIndex((work) => work > 0)));
  const last = Math.max(...worked.map((day) => day.findLastIndex((work) => work > 0)));
  const quantileOf = (pick: (index: number) => DayWork) => {
    sum.fill(0);
    for (let k = 0; k < worked.length; k++) {
      const day = pick(k);
      for (let i = first; i <= last; i++) sum[i] = (sum[i] as number) + (day[i] as number);
    }
    return bucketQuantile(buckets, sum, q);
  };
  const value = quantileOf((index) => worked[index] as DayWork);
  const replicates = Float64Array.from({ length: REPLICATES }, () =>
    quantileOf(() => worked[random.integer(worked.length)] as DayWork),
  ).sort();
  return boundedBy(value, replicates, confidence);
}

/** `replicates` in ascending order. */
export function boundedBy(value: number, replicates: Float64Array, confidence: number): Bounded {
  return {
    value,
    low: sortedQuantile(replicates, 0.05),
    high: sortedQuantile(replicates, 0.95),
    bound: Math.max(value, sortedQuantile(replicates, confidence)),
  };
}
