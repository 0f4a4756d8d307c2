import type { Capacity } from '../bottleneck.ts';
import type { Finding } from '../findings.ts';
import type { Load } from '../load.ts';
import type { MemoryDemand } from '../service/memory.ts';
import type { Inputs } from '../types.ts';
import type { Worlds } from '../worlds.ts';
import { type CachePlan, planCache } from './cache.ts';
import type { Measurements } from './counted.ts';
import { type KafkaPlan, planKafka } from './kafka.ts';
import { planWebsockets, type WebsocketsPlan } from './websockets.ts';
import { planWorkers, type WorkersPlan } from './workers.ts';

/** The tiers beside the service and its database. Each is null when neither runs nor declared figures tell of it. */
export type StreamPlans = {
  kafka: KafkaPlan | null;
  cache: CachePlan | null;
  workers: WorkersPlan | null;
  websockets: WebsocketsPlan | null;
};

/** What all of them are planned from. */
export type StreamRequirement = {
  worlds: Worlds;
  inputs: Inputs;
  load: Load | null;
  measurements: Measurements | null;
  /** The highest rate that was tested; null without runs. */
  testedRate: number | null;
  /** One replica of the service: its cores, its memory limit, and what its memory goes to. */
  replica: { cpu: number; limit: number; memory: MemoryDemand | undefined } | null;
};

/** What one tier adds to a plan. */
export type StreamPart<Plan> = { plan: Plan | null; capacities: Capacity[]; findings: Finding[] };

export function planStreams(requirement: StreamRequirement): {
  plans: StreamPlans;
  capacities: Capacity[];
  findings: Finding[];
} {
  const kafka = planKafka(requirement);
  const cache = planCache(requirement);
  const workers = planWorkers(requirement);
  const websockets = planWebsockets(requirement);
  const all = [kafka, cache, workers, websockets];
  return {
    plans: { kafka: kafka.plan, cache: cache.plan, workers: workers.plan, websockets: websockets.plan },
    capacities: all.flatMap(({ capacities }) => capacities),
    findings: all.flatMap(({ findings }) => findings),
  };
}
