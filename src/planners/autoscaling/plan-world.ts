import { responseQuantile } from '../../models/queueing/mmc.ts';
import type { Traffic } from '../../models/traffic/traffic.ts';
import { type Replica, rateOf, serviceOf } from '../../models/world/replica.ts';
import type { World } from '../../models/world/simulate.ts';
import type { Plan, Slo } from '../types.ts';
import { loadOf, replicaOf, worldOf } from './world.ts';

/** Traffic to simulate a plan's autoscaler in, from `start`, seconds since 1970. */
export type PlanTraffic = { name: string; traffic: Traffic; start: number; days: number };

/** Seconds between two decisions of the autoscaler: its default. */
const SYNC = 15;
/** The usual times of a cluster; only the start of the service itself is a figure of the plan. Seconds. */
const surroundings = {
  imagePull: 2,
  scheduling: 1,
  grace: 30,
  scrape: 15,
  window: 60,
  nodes: null,
  partitions: null,
};
/** Kept when no SLO was stated: in at most this share of the requests the queue is longer than at the saturation. */
const DEFAULT_QUANTILE = 0.99;
/** Nearer to what a pod can do at most a queue has no end. */
const MOST = 0.97;

/** The world for which the service of `plan` was planned; null when it has no service. */
export function planWorld(plan: Plan, { traffic, start, days }: PlanTraffic): World | null {
  const { inputs } = plan;
  if (plan.cpu === null || plan.hpa === null) return null;
  const replica = replicaOf({}, plan);
  const load = loadOf(traffic, {
    start,
    days,
    step: SYNC,
    noise: { deviation: 0, memory: 1 },
    seed: inputs.seed,
  });
  const slo = breakingPoint(replica, plan, tightest(inputs.slos));
  return worldOf(replica, load, 'fluid', new Map(), {
    ...surroundings,
    startup: inputs.startup,
    slo,
    seed: inputs.seed,
  });
}

/**
 * The latency that a pod of the simulation has at the rate at which the plan's own latency model reaches the SLO, or at
 * the most that a pod was shown to carry. The simulation knows pods as servers with a queue; told like this, it breaks the
 * SLO where the measurements do.
 */
function breakingPoint(replica: Replica, { cpu, replicas }: Plan, slo: Slo | undefined): Slo {
  const quantile = slo?.quantile ?? DEFAULT_QUANTILE;
  const kept = ((cpu?.saturation ?? 0) * replica.cpuRequest - replica.cpuIdle) / replica.cpuPerRequest;
  const allowed = Math.min(kept, replicas?.testedRate ?? kept);
  const rate = Math.max(0, Math.min(allowed, MOST * rateOf(replica)));
  return { quantile, seconds: responseQuantile(rate, serviceOf(replica), replica.workers, quantile) };
}

/** The SLO that stands for all of them: the saturation of the plan is the lowest that any of them allows. */
function tightest(slos: readonly Slo[]): Slo | undefined {
  return slos.toSorted((a, b) => a.seconds - b.seconds)[0];
}
