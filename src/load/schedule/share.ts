import type { IterationsPlan, SchedulePlan, StartsPlan, VUStep, VUsPlan } from './plan.ts';
import { type Division, divisionOf, type Stripes, scale, stripesOf, unscale } from './segment.ts';

/** What of a scenario's plan is run in one place, and which of the test's iterations those are. */
export type Share = {
  readonly plan: SchedulePlan;
  /** The number, in the whole test, of the iteration that is the `k`-th here. */
  readonly inTest: (k: number) => number;
  /** Its number among those of this instance, which is a process with all of its workers. */
  readonly inInstance: (k: number) => number;
};

const identity = (k: number) => k;

/**
 * One worker's part of one instance's part of a plan; undefined when nothing is left. Without `instance` the
 * instance runs the whole test.
 */
export function shareOf(
  plan: SchedulePlan,
  instance: Division | undefined,
  worker: Division,
): Share | undefined {
  const own = instance === undefined ? { plan, number: identity } : cut(plan, instance);
  if (own === undefined) return undefined;
  const part = cut(own.plan, worker);
  if (part === undefined) return undefined;
  return {
    plan: part.plan,
    inTest: (k) => own.number(part.number(k)),
    inInstance: part.number,
  };
}

type Cut = { plan: SchedulePlan; number: (k: number) => number };

/**
 * The part of a plan that `division` means. Executors whose VUs share one schedule (arrival rates, shared
 * iterations) deal the schedule in proportion to the VUs that each part has, as k6 does.
 */
function cut(plan: SchedulePlan, division: Division): Cut | undefined {
  const vus = stripesOf(division);
  if (vus === undefined) return undefined;
  const most = plan.kind === 'iterations' ? plan.vus : plan.maxVUs;
  if (scale(vus, most) === 0) return undefined;
  const shared = plan.kind === 'starts' || (plan.kind === 'iterations' && plan.shared);
  const schedule = shared ? stripesOf(divisionOf(most, division)) : vus;
  if (schedule === undefined) return undefined;
  const reserved = plan.reserved.map((step) => scaled(step, vus));
  const number = (k: number) => unscale(schedule, k);
  if (plan.kind === 'starts') return { plan: cutStarts({ ...plan, reserved }, vus, schedule), number };
  if (plan.kind === 'vus') return { plan: cutVUs({ ...plan, reserved }, vus), number };
  return { plan: cutIterations({ ...plan, reserved }, vus, schedule), number };
}

function scaled({ time, vus }: VUStep, stripes: Stripes): VUStep {
  return { time, vus: scale(stripes, vus) };
}

function cutStarts(plan: StartsPlan, vus: Stripes, schedule: Stripes): StartsPlan {
  const count = scale(schedule, plan.count);
  return {
    ...plan,
    count,
    startOf: (k) => (k < count ? plan.startOf(unscale(schedule, k)) : Number.POSITIVE_INFINITY),
    preAllocatedVUs: scale(vus, plan.preAllocatedVUs),
    maxVUs: scale(vus, plan.maxVUs),
  };
}

function cutVUs(plan: VUsPlan, vus: Stripes): VUsPlan {
  return {
    ...plan,
    steps: plan.steps.map((step) => scaled(step, vus)),
    maxVUs: scale(vus, plan.maxVUs),
    intervalsOf: (slot) => plan.intervalsOf(unscale(vus, slot)),
  };
}

function cutIterations(plan: IterationsPlan, vus: Stripes, schedule: Stripes): IterationsPlan {
  const iterations = plan.shared ? scale(schedule, plan.iterations) : plan.iterations;
  return { ...plan, vus: scale(vus, plan.vus), iterations };
}
