import type { Controller } from '../hpa/controller.ts';
import type { ScaledObject } from '../hpa/keda.ts';
import type { Observation } from '../hpa/observation.ts';
import { newState } from '../hpa/state.ts';
import { sync } from '../hpa/sync.ts';
import { Random } from '../random.ts';
import { Cluster, type PodTiming } from './cluster.ts';
import { ConsumerEvents } from './consumer-events.ts';
import { ConsumerFluid } from './consumer-fluid.ts';
import { EventEngine } from './event-engine.ts';
import { FluidEngine } from './fluid-engine.ts';
import { Keda } from './keda.ts';
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
  /** Of the topic whose records the pods fetch; null where requests are sent to them. */
  readonly partitions: number | null;
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
  /** What KEDA made the HPA of: it decides between zero and one, and tells the HPA its External metrics. */
  readonly scaled?: ScaledObject | null;
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
  {
    scaled = null,
    floors = [],
    initial,
    quantiles = false,
    giveUpAfter = Number.POSITIVE_INFINITY,
  }: SimulateOptions = {},
  needed: Float64Array = podsNeeded(world),
): Simulation {
  checkReplica(world.replica);
  const { load, replica, slo, sources } = world;
  const random = new Random(world.seed);
  const engine = engineOf(world, quantiles);
  const cluster = new Cluster(engine, world.timing, world.nodes);
  const firstAt = load.start - random.uniform() * world.pipeline.resolution;
  const before = { firstAt, rate: load.rates[0] ?? 0 };
  const pipeline = new MetricPipeline(controller.metrics, replica, world.pipeline, sources, before);
  const atFirst = needed[0] ?? 0;
  const operator = scaled === null ? null : new Keda(scaled, controller.metrics, world, atFirst > 0);
  const state = newState();
  const ledger = new Ledger(world, needed, quantiles);
  const asleep = scaled !== null && atFirst === 0;
  cluster.startWith(
    initial ??
      (asleep ? (scaled.idleReplicaCount ?? scaled.minReplicaCount) : firstReplicas(controller, atFirst)),
    load.start,
  );
  for (let k = 0; k < load.rates.length; k++) {
    const from = load.start + k * load.seconds;
    cluster.advance(from);
    const spec = cluster.replicas;
    const readings = pipeline.read(cluster.pods, from);
    const seen: Observation = {
      now: from,
      spec,
      status: cluster.existing,
      pods: cluster.pods,
      readings: operator?.report(readings, { engine, pipeline, pods: cluster.pods }) ?? readings,
    };
    const decision = sync(withFloor(controller, floors, from), state, seen);
    if (decision.replicas !== spec) {
      cluster.scaleTo(decision.replicas, from);
      ledger.scaled({ time: from, from: spec, to: decision.replicas, reason: decision.rescale ?? '' });
    }
    const outcome = passStep(
      { cluster, engine, pipeline, operator, ledger, floors },
      { load, step: k, from, random },
    );
    ledger.add(k, outcome, cluster, decision, engine, controller.maxReplicas);
    if (ledger.violated > giveUpAfter) break;
  }
  return ledger.close(engine, slo);
}

function engineOf({ engine, replica, slo, partitions }: World, perStep: boolean): Engine {
  if (partitions === null) return new (engine === 'fluid' ? FluidEngine : EventEngine)(replica, slo, perStep);
  return new (engine === 'fluid' ? ConsumerFluid : ConsumerEvents)(replica, slo, perStep, partitions);
}

function firstReplicas({ minReplicas, maxReplicas }: Controller, needed: number): number {
  return Math.min(maxReplicas, Math.max(minReplicas, needed));
}

function withFloor(controller: Controller, floors: readonly Floor[], now: number): Controller {
  const floor = Math.max(controller.minReplicas, Math.min(floorAt(floors, now), controller.maxReplicas));
  return floor === controller.minReplicas ? controller : { ...controller, minReplicas: floor };
}

/** Replicas that must be there at `now`, beside the minimum. */
function floorAt(floors: readonly Floor[], now: number): number {
  let floor = 0;
  for (const { from, to, replicas } of floors) if (now >= from && now < to) floor = Math.max(floor, replicas);
  return floor;
}

type Actors = {
  cluster: Cluster;
  engine: Engine;
  pipeline: MetricPipeline;
  operator: Keda | null;
  ledger: Ledger;
  floors: readonly Floor[];
};

type Step = { load: Load; step: number; from: number; random: Random };

/** Requests of one step, in parts between which pods or points of the metrics change, or KEDA looks. */
function passStep(actors: Actors, at: Step): Outcome {
  const { cluster, engine, pipeline, operator } = actors;
  const { load, step, from, random } = at;
  const count = load.counts[step] as number;
  const rate = load.rates[step] as number;
  const to = from + load.seconds;
  engine.beginStep();
  const sum: Outcome = { arrived: 0, served: 0, rejected: 0, late: 0 };
  for (let now = from; now < to; ) {
    while (pipeline.nextAt <= now) pipeline.scrape(cluster.pods, engine.held);
    while (operator !== null && operator.nextAt <= now) look(actors, operator, now);
    const end = Math.min(to, cluster.nextChange(), pipeline.nextAt, operator?.nextAt ?? to);
    const share = Math.round((count * (end - from)) / load.seconds) - sum.arrived;
    const part = { from: now, seconds: end - now, count: share, rate };
    add(sum, engine.serve(cluster.serving, part, random));
    pipeline.arrive(share);
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

function look({ cluster, engine, pipeline, ledger, floors }: Actors, operator: Keda, now: number): void {
  const from = cluster.replicas;
  const seen = { engine, pipeline, pods: cluster.pods };
  const wish = operator.poll(now, from, seen, floorAt(floors, now) > 0);
  if (wish === null || wish.replicas === from) return;
  cluster.scaleTo(wish.replicas, now);
  ledger.scaled({ time: now, from, to: wish.replicas, reason: wish.reason });
}

function add(sum: Outcome, part: Outcome): void {
  sum.arrived += part.arrived;
  sum.served += part.served;
  sum.rejected += part.rejected;
  sum.late += part.late;
}
