/**
 * What an executor decided before the run, as values that read no clock and keep no state. One driver runs all
 * three kinds. Times are seconds from the scenario's start (its `startTime` after the start of the test); they come
 * from whole nanoseconds, so that a plan is the same on every machine. Indices and VU slots are those of the whole
 * test, so that a worker can take its share of them.
 */

/** From `time` on, until the next step, so many VUs. */
export type VUStep = { readonly time: number; readonly vus: number };

/** A stage as a script writes it: reach `target` (VUs, or iterations per time unit) after `duration` seconds. */
export type Stage = { readonly duration: number; readonly target: number };

/** How iterations follow each other: evenly, as in k6 and when nothing is said, or at random with the same mean. */
export type Arrivals = {
  readonly arrivals?: 'uniform' | 'poisson';
  readonly seed?: number;
};

type Bounds = {
  /** The end of the regular duration: from here on nothing new starts, whatever is still due. */
  readonly end: number;
  /** Seconds that running iterations have after `end`; at `end + gracefulStop` the driver interrupts them. */
  readonly gracefulStop: number;
  /**
   * VUs that must be initialised before the test because the plan holds them, in order of time, the last step with
   * 0. A scenario whose plan holds none at an instant leaves its VUs to the others.
   */
  readonly reserved: readonly VUStep[];
};

/**
 * Open loop: iteration `index` is due at `startOf(index)`, for 0 <= index < count. It starts then on an idle VU,
 * or at once when the driver is late (a late iteration is never skipped), or, when no VU is idle, is dropped and
 * counted, and the driver begins to initialise one VU more if there are fewer than `maxVUs` and none is being
 * initialised.
 * Iterations that are still to be started at `end` because the driver was late are started then if it is only a
 * little late, and dropped otherwise.
 */
export type StartsPlan = Bounds & {
  readonly kind: 'starts';
  /** Iterations due by the end, Infinity when that is left to chance; the last one of a ramp may be due in that very instant, and is then not started. */
  readonly count: number;
  /** When iteration `index` is due; never before `startOf(index - 1)`. Infinity from `count` on. */
  readonly startOf: (index: number) => number;
  /** VUs ready before the test. */
  readonly preAllocatedVUs: number;
  /** VUs at most, those initialised during the test included. */
  readonly maxVUs: number;
};

/**
 * A time in which one VU starts iteration after iteration: at `from` and after each one that ends before `until`.
 * What is running at `until` may go on until `hardStop` and is then interrupted. When the next interval of the same
 * VU begins before that `hardStop` the VU was never given back: the running iteration goes on undisturbed and the
 * VU loops on after it; this interval's `hardStop` then is that of the last of the joined intervals.
 */
export type VUInterval = { readonly from: number; readonly until: number; readonly hardStop: number };

/** Closed loop with a number of VUs that may change: VUs are taken from slot 0 up and stopped from the top down. */
export type VUsPlan = Bounds & {
  readonly kind: 'vus';
  /** How many VUs loop from when on; the last step is at `end` with 0. */
  readonly steps: readonly VUStep[];
  /** Slots are 0 to `maxVUs - 1`. */
  readonly maxVUs: number;
  /** The intervals of one slot in order of time; none for a slot that is never used. */
  readonly intervalsOf: (slot: number) => readonly VUInterval[];
};

/**
 * Closed loop with a number of iterations: all `vus` start at 0. With `shared`, each takes the next of `iterations`
 * when it is free; without, each runs `iterations` of its own. No iteration starts at or after `end`; what was
 * not started by then is counted as dropped iterations (shared: one sample with the remainder; otherwise one per
 * VU with its own).
 */
export type IterationsPlan = Bounds & {
  readonly kind: 'iterations';
  readonly shared: boolean;
  readonly vus: number;
  readonly iterations: number;
};

export type SchedulePlan = StartsPlan | VUsPlan | IterationsPlan;

/** A plan and the second of the test at which it begins. */
export type TimedPlan = { readonly startTime: number; readonly plan: SchedulePlan };

/** Whole nanoseconds, the unit in which k6 plans. */
export function nanoseconds(seconds: number): number {
  return Math.round(seconds * 1e9);
}

/**
 * What a test needs: VUs `planned` before it starts, VUs `possible` when every arrival-rate scenario also takes
 * those it may initialise on the way, and `seconds` until the last iteration has been interrupted. Scenarios that
 * do not hold VUs at the same time share them.
 */
export function requirements(plans: readonly TimedPlan[]): {
  planned: number;
  possible: number;
  seconds: number;
} {
  const changes = plans.flatMap(({ startTime, plan: { reserved, ...plan } }) => {
    const at = (time: number) => nanoseconds(startTime) + nanoseconds(time);
    const extra = plan.kind === 'starts' ? plan.maxVUs - plan.preAllocatedVUs : 0;
    const steps = reserved.map(({ time, vus }, i) => {
      return { time: at(time), vus: vus - (reserved[i - 1]?.vus ?? 0), extra: 0 };
    });
    const last = reserved.at(-1)?.time ?? 0;
    return [{ time: at(0), vus: 0, extra }, ...steps, { time: at(last), vus: 0, extra: -extra }];
  });
  changes.sort((a, b) => a.time - b.time);
  const most = { planned: 0, possible: 0 };
  let [planned, possible] = [0, 0];
  changes.forEach((change, i) => {
    planned += change.vus;
    possible += change.vus + change.extra;
    if (changes[i + 1]?.time === change.time) return;
    most.planned = Math.max(most.planned, planned);
    most.possible = Math.max(most.possible, possible);
  });
  return { ...most, seconds: (changes.at(-1)?.time ?? 0) / 1e9 };
}

/** VUs that must be initialised before a test of this plan alone. */
export function maxPlannedVUs(plan: SchedulePlan): number {
  return requirements([{ startTime: 0, plan }]).planned;
}
