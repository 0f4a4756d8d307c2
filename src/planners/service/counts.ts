import { cpuTarget } from '../autoscaling/autoscaling.ts';
import type { CostModel } from '../cost.ts';
import { ceilCount, declared } from '../declared.ts';
import type { Load } from '../load.ts';
import type { Inputs } from '../types.ts';
import type { Draws, Worlds } from '../worlds.ts';
import { type DeclaredLatency, serverSaturation, serversIn } from './declared-servers.ts';
import { HIGHEST } from './latency-limit.ts';
import { normalUtilisation, regionShares } from './regions.ts';
import { replicasForCpu, withSpare } from './replicas.ts';

/** What the replicas of one region are counted from. */
export type CountRequirement = {
  worlds: Worlds;
  inputs: Inputs;
  load: Load;
  cost: CostModel;
  /** Cores of a replica, and those of them that it can use. */
  cpu: number;
  usable: number;
  /** Share of the usable cores that the measured latency allows. */
  saturation: Draws;
  /** Instead of a measured one. */
  declaredLatency: DeclaredLatency | undefined;
  /** Requests per second of the planned mix that one replica was shown to carry; null when it may be any. */
  tested: number | null;
  /** By which the load may grow before another replica helps. */
  growth: number;
};

/** Of one region, in every world. */
export type Counts = {
  /** Requests per second while no region is lost. */
  rate: Draws;
  /** The same with its part of a lost region's. */
  failoverRate: Draws;
  byCpu: Draws;
  byTested: Draws | undefined;
  /** Requests to serve at once, and the replicas for as many. */
  servers: Draws | undefined;
  byServers: Draws | undefined;
  /** With as much CPU in use as latency allows, without any reserve. */
  bare: Draws;
  /** The same, but no more than the stated threshold, when another region is lost; undefined when that is not survived. */
  failover: Draws | undefined;
  /** At the top of the strongest event, with as much CPU in use as latency allows. */
  atEvent: Draws;
  /** Of the request: what latency allows, and what the autoscaler may aim at so that it is kept. */
  saturation: Draws;
  target: Draws;
};

/** Replicas by what each resource asks for, in every world. */
export function countReplicas(requirement: CountRequirement): Counts {
  const { worlds, inputs, load, cost, cpu, usable, declaredLatency, tested, growth } = requirement;
  const share = regionShares(inputs);
  const rate = load.peak.map((each) => each * share.normal);
  const failover = load.peak.map((each) => each * share.failover);
  const event = load.withEvents.map((each) => each * share.failover);
  const drawn = worlds.cost('platformCpu', cost);
  const queue = declaredLatency && serversIn(failover, declaredLatency, inputs.confidence);
  const allowed =
    declaredLatency && queue
      ? serverSaturation(worlds, failover, declaredLatency, queue, usable)
      : requirement.saturation;
  const saturation = allowed.map((each) => (each * usable) / cpu);
  const target = saturation.map((each) => targetAt(each, growth, inputs));
  // Of a declared latency the count of servers takes care.
  const kept = (each: number) => Math.min(1 / declared.buffer, queue ? HIGHEST : each);
  const utilisation = cost.basis === 'measured' ? target : saturation.map(kept);
  const cores = (of: Draws) => of.map((each) => each * cpu);
  const region = inputs.availability === 'region';
  const threshold = saturation.map((each) => Math.min(inputs.failoverThreshold, each));
  const byTested = (of: Draws) =>
    tested === null ? undefined : of.map((each) => Math.max(1, ceilCount(each / tested)));
  const onReplicas = (servers: Draws | undefined) =>
    declaredLatency && servers?.map((each) => ceilCount(each / declaredLatency.perReplica));
  const eventServers = declaredLatency && onReplicas(serversIn(event, declaredLatency, inputs.confidence));
  return {
    rate,
    failoverRate: failover,
    byCpu: replicasForCpu(rate, drawn, cores(utilisation)),
    byTested: byTested(failover),
    servers: queue,
    byServers: onReplicas(queue),
    bare: replicasForCpu(rate, drawn, cores(saturation)),
    failover: region ? replicasForCpu(failover, drawn, cores(threshold)) : undefined,
    atEvent: mostOf(replicasForCpu(event, drawn, cores(saturation)), byTested(event), eventServers),
    saturation,
    target,
  };
}

/** A share of the request. Of several regions each must leave room for its part of another's load. */
function targetAt(saturation: number, growth: number, inputs: Inputs): number {
  const usual = cpuTarget(saturation, growth) / 100;
  if (inputs.availability !== 'region') return usual;
  const reached = Math.min(inputs.failoverThreshold, cpuTarget(saturation, 1) / 100);
  if (reached <= 0) return 0;
  return Math.min(usual, Math.floor(100 * normalUtilisation(reached, inputs.regions) + 1e-9) / 100);
}

/** The largest of them in every world. */
export function mostOf(first: Draws, ...others: (Draws | undefined)[]): Draws {
  const known = others.filter((each) => each !== undefined);
  return first.map((value, world) =>
    known.reduce((most, each) => Math.max(most, each[world] as number), value),
  );
}

/**
 * With what a loss takes. The buffer of the declared constants stands for that of a replica or zone, unless it was asked
 * about: then what is left must carry the peak without the buffer.
 */
export function withLoss(
  needed: Draws,
  { bare, failover }: Counts,
  { inputs, basis, stated }: { inputs: Inputs; basis: CostModel['basis']; stated: boolean },
): Draws {
  const { availability, zones } = inputs;
  return needed.map((count, world) => {
    const own = basis === 'measured' ? withSpare(count, availability, zones) : count;
    const asked = basis === 'declared' && stated ? withSpare(bare[world] as number, availability, zones) : 0;
    return Math.max(own, asked, failover?.[world] ?? 0);
  });
}
