import { controllerOf } from '../../models/hpa/controller.ts';
import type { Hpa } from '../../models/hpa/spec.ts';
import { rateWithin } from '../../models/world/replica.ts';
import { type Floor, podsNeeded, simulate, type World } from '../../models/world/simulate.ts';
import type { Cause } from '../../models/world/violation.ts';
import { declared } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { Plan } from '../types.ts';
import { assumedTraffic } from './assumed-traffic.ts';
import { controllerForm, type HorizontalPodAutoscaler } from './object.ts';
import { type PlanTraffic, planWorld } from './plan-world.ts';
import { documentHpa, hardestHours, RATE_METRIC } from './tune.ts';
import { cpuTargets, dimensionsOf, type PodScale, rateTargets } from './variants.ts';

/** What an autoscaler comes to in the traffic: seconds outside the SLO, hours of pods, and why it was broken. */
export type Trial = { violatedSeconds: number; podHours: number; causes: Partial<Record<Cause, number>> };

/** How the autoscaler of a plan was chosen. */
export type AutoscalingPlan = {
  traffic: { name: string; start: number; days: number };
  /** Share of the requests that the SLO is about, and seconds of the whole time in which it may be broken. */
  quantile: number;
  budgetSeconds: number;
  /** Autoscalers that were simulated. */
  tried: number;
  metric: 'cpu' | 'rate';
  /**
   * Why this metric: CPU needs no adapter and `cpu-enough` says that requests per pod are not much better; they `rate-cheaper`
   * cost much less, or `rate-keeps` alone keep the budget.
   */
  reason: 'cpu-enough' | 'rate-cheaper' | 'rate-keeps';
  chosen: Trial;
  /** The one that the formulas give, that of the platform's document, and the best on the metric that was not chosen. */
  analytic: Trial;
  document: Trial;
  otherMetric: Trial;
  /** A minimum from `lead` seconds before each event until it is over; null without events. */
  floor: { replicas: number; lead: number; trial: Trial } | null;
};

type Ground = { world: World; needed: Float64Array };
type Scored = Trial & { hpa: HorizontalPodAutoscaler };

/** Share of the time in which the SLO may be broken. */
const BUDGET = 0.001;
/** Of the budget, for the half day with the highest load. */
const HARDEST_SHARE = 1 / 3;
/** Two days with the highest load in their middle, and their part of the budget of five that are alike and two that are calm. */
const HARD_DAYS = 2 * 86_400;
const HARD_DAYS_SHARE = 1 / 2;
/** Requests per pod must save this share of the pods to be worth an adapter for custom metrics. */
const WORTH_AN_ADAPTER = 0.1;
/** Seconds before an event at which a floor begins: a pod must be there, and its node. */
const LEAD = 300;

/**
 * `plan` with the autoscaler that keeps the SLO budget with the fewest pods in the traffic: from the analytic one, dimension by
 * dimension, in the half day with the highest load, and then the highest target that keeps the budget over the whole
 * time. Without a `stated` traffic one is assumed. It is never worse than the analytic one, nor are its minimum below or its maximum other than what the plan needs.
 */
export function withChosenAutoscaler(plan: Plan, stated: PlanTraffic | null): Plan {
  const traffic = stated ?? assumedTraffic(plan);
  if (traffic === null) return plan;
  // Of several regions each leaves room for another's load, which comes at once and in no traffic.
  if (plan.replicas?.regions) return plan;
  const found = planWorld(plan, traffic);
  if (found === null || plan.hpa === null) return plan;
  const world: World = { ...found, sources: new Map([[RATE_METRIC, 'rate']]) };
  const ground = groundOf(world);
  const budget = BUDGET * world.load.rates.length * world.load.seconds;
  const { replica, slo } = world;
  const fullRate = rateWithin(replica, slo);
  const fullUtilisation = (fullRate * replica.cpuPerRequest + replica.cpuIdle) / replica.cpuRequest;
  const scale = { fullUtilisation, fullRate, rateMetric: RATE_METRIC };
  const screened = search(plan.hpa, plan, scale, world, budget);
  const analytic = score(plan.hpa, ground);
  const grounds = { hardest: groundOf(hardestHours(world, HARD_DAYS)), whole: ground };
  const onCpu = highestTarget(cpuTargets(screened.hpa, scale), grounds, budget);
  const onRate = highestTarget(rateTargets(screened.hpa, scale), grounds, budget);
  const { chosen, reason } = metricOf(better([analytic, ...onCpu], budget), better(onRate, budget), budget);
  const other = reason === 'cpu-enough' ? better(onRate, budget) : better(onCpu, budget);
  const autoscaling: AutoscalingPlan = {
    traffic: { name: traffic.name, start: traffic.start, days: traffic.days },
    quantile: world.slo.quantile,
    budgetSeconds: budget,
    tried: screened.tried + onCpu.length + onRate.length + 1,
    metric: reason === 'cpu-enough' ? 'cpu' : 'rate',
    reason,
    chosen: trialOf(chosen),
    analytic: trialOf(analytic),
    document: trial(documentHpa, ground),
    otherMetric: trialOf(other),
    floor: floorOf(chosen.hpa, ground, traffic),
  };
  return {
    ...plan,
    hpa: chosen.hpa,
    autoscaling,
    findings: [...plan.findings, ...remarks(autoscaling, stated === null)],
  };
}

function groundOf(world: World): Ground {
  return { world, needed: podsNeeded(world) };
}

/** What did best in the hardest half day of what was tried there, one dimension after the other. */
function search(
  analytic: HorizontalPodAutoscaler,
  { replicas, inputs }: Plan,
  scale: PodScale,
  world: World,
  budget: number,
): { hpa: HorizontalPodAutoscaler; tried: number } {
  const ground = groundOf(hardestHours(world));
  const minimum = Math.max(declared.replicas, inputs.availability === 'replica' ? 0 : inputs.zones);
  let current = score(analytic, ground);
  let tried = 0;
  for (const dimension of dimensionsOf(scale, minimum, replicas?.recommended ?? minimum)) {
    const scores = dimension(current.hpa).map((hpa) => score(hpa, ground));
    tried += scores.length;
    // The half day is hard, but not all: it may take only a part of the budget of the whole time.
    current = better([current, ...scores], budget * HARDEST_SHARE);
  }
  return { hpa: current.hpa, tried };
}

/**
 * The highest target within the budget, by bisection, since a higher one leaves less headroom: in the hardest days, which
 * may take their part of the budget, and then over the whole time, one lower when it turns out to be too high.
 */
function highestTarget(
  ascending: readonly HorizontalPodAutoscaler[],
  { hardest, whole }: { hardest: Ground; whole: Ground },
  budget: number,
): Scored[] {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { violatedSeconds } = score(ascending[middle] as HorizontalPodAutoscaler, hardest);
    if (violatedSeconds <= budget * HARD_DAYS_SHARE) low = middle + 1;
    else high = middle;
  }
  const best = Math.max(0, low - 1);
  const first = score(ascending[best] as HorizontalPodAutoscaler, whole);
  const lower = ascending[best - 1];
  if (first.violatedSeconds <= budget || lower === undefined) return [first];
  return [first, score(lower, whole)];
}

function score(hpa: HorizontalPodAutoscaler, ground: Ground): Scored {
  return { hpa, ...trial(controllerForm(hpa), ground) };
}

function trial(hpa: Hpa, { world, needed }: Ground, floors: Floor[] = []): Trial {
  const { violated, podHours, causes } = simulate(controllerOf(hpa), world, { floors }, needed);
  return { violatedSeconds: violated, podHours, causes };
}

function trialOf({ violatedSeconds, podHours, causes }: Scored): Trial {
  return { violatedSeconds, podHours, causes };
}

/** The one with the fewest pods within the budget, or else the one that breaks the SLO least; of equals the first. */
function better(scores: readonly Scored[], budget: number): Scored {
  const over = ({ violatedSeconds }: Scored) => Math.max(0, violatedSeconds - budget);
  return scores.reduce((best, each) => {
    const difference = over(each) - over(best) || each.podHours - best.podHours;
    return difference < 0 ? each : best;
  });
}

function metricOf(
  cpu: Scored,
  rate: Scored,
  budget: number,
): { chosen: Scored; reason: AutoscalingPlan['reason'] } {
  const keeps = ({ violatedSeconds }: Scored) => violatedSeconds <= budget;
  if (keeps(rate) && !keeps(cpu)) return { chosen: rate, reason: 'rate-keeps' };
  const cheaper = rate.podHours < cpu.podHours * (1 - WORTH_AN_ADAPTER);
  if (cheaper && (keeps(rate) || rate.violatedSeconds <= cpu.violatedSeconds)) {
    return { chosen: rate, reason: 'rate-cheaper' };
  }
  return { chosen: cpu, reason: 'cpu-enough' };
}

/** Pods that are there before each event. */
function floorOf(
  hpa: HorizontalPodAutoscaler,
  ground: Ground,
  { traffic: { events } }: PlanTraffic,
): AutoscalingPlan['floor'] {
  if (events.length === 0) return null;
  const { load } = ground.world;
  const heights = events.map(({ at, rise, decay }) => {
    const [first, last] = [at, at + rise + decay].map((t) => Math.ceil((t - load.start) / load.seconds));
    return ground.needed
      .subarray(Math.max(0, first ?? 0), Math.max(0, last ?? 0))
      .reduce((a, b) => Math.max(a, b), 0);
  });
  const replicas = Math.min(hpa.spec.maxReplicas, Math.max(...heights));
  if (replicas <= hpa.spec.minReplicas) return null;
  const floors = events.map(({ at, rise, decay }) => ({ from: at - LEAD, to: at + rise + decay, replicas }));
  return { replicas, lead: LEAD, trial: trial(controllerForm(hpa), ground, floors) };
}

function remarks({ traffic, chosen, budgetSeconds, floor }: AutoscalingPlan, assumed: boolean): Finding[] {
  const findings: Finding[] = [];
  if (assumed) {
    findings.push({ code: 'ASSUMED_TRAFFIC', severity: 'warning', args: { traffic: traffic.name } });
  }
  if (chosen.violatedSeconds <= budgetSeconds) return findings;
  const args = {
    violated: chosen.violatedSeconds,
    budget: budgetSeconds,
    floor:
      floor === null
        ? null
        : { replicas: floor.replicas, lead: floor.lead, violated: floor.trial.violatedSeconds },
  };
  return [...findings, { code: 'AUTOSCALER_BREAKS_SLO', severity: 'warning', args }];
}
