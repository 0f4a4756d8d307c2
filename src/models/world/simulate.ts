import type { Controller } from '../hpa/controller.ts';
import type { Observation } from '../hpa/observation.ts';
import { newState } from '../hpa/state.ts';
import { sync } from '../hpa/sync.ts';
import { Random } from '../random.ts';
import { Cluster, type PodTiming } from './cluster.ts';
import { EventEngine } from './event-engine.ts';
import { FluidEngine } from './fluid-engine.ts';
import { Ledger, type Simulation } from './ledger.ts';
import { MetricPipeline, type MetricSource, type PipelineSettings } from './metric-pipeline.ts';
import type { NodeSettings } from './node-pool.ts';
import { checkReplica, type Replica, rateOf, rateWithin, type Slo } from './replica.ts';
import type { Engine, Outcome } from './station.ts';

export type EngineName = 'fluid' | 'events';

/** What does not depend on the HPA. Seconds. */
export type World = {
  readonly replica: Replica;
  readonly slo: Slo;
  readonly timing: PodTiming;
  /** Null: there is always room. */
  readonly nodes: NodeSettings | null;
  readonly pipeline: PipelineSettings;
  readonly sources: ReadonlyMap<string, MetricSource>;
  readonly engine: EngineName;
  readonly load: Load;
  readonly seed: number;
};

/** The traffic in steps from one sync of the controller to the next. */
export type Load = {
  /** Seconds since 1970. */
  readonly start: number;
  readonly seconds: number;
  /** Expected requests per second in each step, and the requests that come. */
  readonly rates: Float64Array;
  readonly counts: Float64Array;
};

/** A minimum that holds for a while, such as around an event that is known beforehand. */
export type Floor = { readonly from: number; readonly to: number; readonly replicas: number };

export type SimulateOptions = {
  readonly floors?: readonly Floor[];
  /** Replicas at the start; else what the load needs then, within minimum and maximum. */
  readonly initial?: number;
  /** Also keep the 50th, 95th and 99th percentile of every step. */
  readonly quantiles?: boolean;
  /** Ends when the SLO was not kept for longer than this: then the rest need not be known. */
  readonly giveUpAfter?: number;
};

/** Pods that each step needs to keep the SLO: what the SPEC metrics call demand. */
export function podsNeeded({ load, replica, slo }: World): Float64Array {
  // A pod that is never fast enough counts as if it could be full.
  const most = rateWithin(replica, slo) || rateOf(replica);
  return load.rates.map((rate) => Math.ceil(rate / most - 1e-9));
}

/**
 * One HPA in the world: at every step the controller sees what the metric pipeline shows it, decides, and pods come and
 * go; requests meet the pods that are ready. The same seed gives the same result.
 */
export function simulate(
  controller: Controller,
  world: World,
  { floors = [], initial, quantiles = false, giveUpAfter = Number.POSITIVE_INFINITY }: SimulateOptions = {},
  needed: Float64Array = podsNeeded(world),
): Simulation {
  checkReplica(world.replica);
  const { load, replica, slo, sources } = world;
  const random = new Random(world.seed);
  const engine = engineOf(world, quantiles);
  const cluster = new Cluster(engine, world.timing, world.nodes);
  const firstScrape = load.start - random.uniform() * world.pipeline.resolution;
  const pipeline = new MetricPipeline(controller.metrics, replica, world.pipeline, sources, firstScrape);
  const state = newState();
  const ledger = new Ledger(world, needed, quantiles);
  cluster.startWith(initial ?? firstReplicas(controller, needed[0] ?? 0), load.start);
  for (let k = 0; k < load.rates.length; k++) {
    const from = load.start + k * load.seconds;
    cluster.advance(from);
    const before = cluster.replicas;
    const decision = sync(withFloor(controller, floors, from), state, observe(cluster, pipeline, from));
    if (decision.replicas !== before) {
      cluster.scaleTo(decision.replicas, from);
      ledger.scaled(from, before, decision);
    }
    const outcome = passStep(cluster, engine, pipeline, { load, step: k, from, random });
    ledger.add(k, outcome, cluster, decision, engine, controller.maxReplicas);
    if (ledger.violated > giveUpAfter) break;
  }
  return ledger.close(engine, engine instanceof FluidEngine ? engine.rough : 0, slo);
}

function engineOf({ engine, replica, slo }: World, perStep: boolean): FluidEngine | EventEngine {
  const Kind = engine === 'fluid' ? FluidEngine : EventEngine;
  return new Kind(replica, slo, perStep);
}

function firstReplicas({ minReplicas, maxReplicas }: Controller, needed: number): number {
  return Math.min(maxReplicas, Math.max(minReplicas, needed));
}

function withFloor(controller: Controller, floors: readonly Floor[], now: number): Controller {
  let floor = controller.minReplicas;
  for (const { from, to, replicas } of floors)
    if (now >= from && now < to) floor = Math.max(floor, Math.min(replicas, controller.maxReplicas));
  return floor === controller.minReplicas ? controller : { ...controller, minReplicas: floor };
}

function observe(cluster: Cluster, pipeline: MetricPipeline, now: number): Observation {
  return {
    now,
    spec: cluster.replicas,
    status: cluster.existing,
    pods: cluster.pods,
    readings: pipeline.read(cluster.pods, now),
  };
}

type Step = { load: Load; step: number; from: number; random: Random };

/** Requests of one step, in parts between which pods or points of the metrics change. */
function passStep(cluster: Cluster, engine: Engine, pipeline: MetricPipeline, at: Step): Outcome {
  const { load, step, from, random } = at;
  const count = load.counts[step] as number;
  const rate = load.rates[step] as number;
  const to = from + load.seconds;
  engine.beginStep();
  const sum: Outcome = { arrived: 0, served: 0, rejected: 0, late: 0 };
  for (let now = from; now < to; ) {
    while (pipeline.nextAt <= now) pipeline.scrape(cluster.pods);
    const end = Math.min(to, cluster.nextChange(), pipeline.nextAt);
    const share = Math.round((count * (end - from)) / load.seconds) - sum.arrived;
    const part = { from: now, seconds: end - now, count: share, rate };
    add(sum, engine.serve(cluster.serving, part, random));
    const drained = cluster.drain(now, end - now);
    if (drained !== undefined) add(sum, drained);
    const lost = cluster.lost;
    cluster.advance(end);
    sum.rejected += cluster.lost - lost;
    sum.late += cluster.lost - lost;
    now = end;
  }
  return sum;
}

function add(sum: Outcome, part: Outcome): void {
  sum.arrived += part.arrived;
  sum.served += part.served;
  sum.rejected += part.rejected;
  sum.late += part.late;
}
