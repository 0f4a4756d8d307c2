import { FxscaleError } from '../../errors.ts';
import type { MemoryReading } from '../../models/memory.ts';
import { memoryQuantity } from '../../units.ts';
import type { CostModel } from '../cost.ts';
import { declared, LIMIT_TO_REQUEST } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { Inputs } from '../types.ts';
import { type Draws, enoughAt, type Worlds } from '../worlds.ts';
import { mostOf } from './counts.ts';
import {
  declaredReplicasForMemory,
  heldMemory,
  type MemoryDemand,
  memoryTails,
  planMemory,
  replicasForMemory,
} from './memory.ts';
import type { MemoryPlan } from './plan.ts';

/** What is known of the memory of a replica. */
export type ServiceMemory = {
  /** Undefined when nothing was measured. */
  memory: { demand: MemoryDemand; readings: readonly MemoryReading[] } | undefined;
  /** As stated. */
  memoryLimit: number | undefined;
  /** Seconds until a replica is started again, as stated. */
  restartEvery: number | undefined;
  /** Seconds that a request takes on average, in every world; undefined when nothing tells. */
  latency: Draws | undefined;
};

/** Replicas by memory in every world, and the size of each when `rate` comes to no fewer than `byCpu`. */
export function sizeMemory(
  requirement: ServiceMemory & { worlds: Worlds; inputs: Inputs },
  rate: Draws,
  byCpu: Draws,
): { replicas: Draws; plan: MemoryPlan; findings: Finding[] } {
  const { worlds, inputs, memory, memoryLimit, latency, restartEvery } = requirement;
  if (memory === undefined) return declaredMemory(requirement, rate);
  const inFlight = worlds.map((world) => (rate[world] as number) * (latency?.[world] ?? 0));
  const held = heldMemory(worlds, memory.demand, restartEvery ?? 0);
  const replicas =
    memoryLimit === undefined ? worlds.certain(1) : replicasForMemory(held, inFlight, memoryLimit);
  if (!Number.isFinite(enoughAt(replicas, inputs.confidence))) {
    const base = enoughAt(held.idle, inputs.confidence);
    throw new FxscaleError(
      'REFUSED',
      `--replica-memory ${memoryQuantity(memoryLimit ?? 0)}: a replica takes ${memoryQuantity(base)} ` +
        'without any request; give it more',
    );
  }
  const running = mostOf(replicas, byCpu);
  const sized = planMemory(worlds, {
    demand: memory.demand,
    held,
    tails: memoryTails(memory.readings, inputs.seed),
    inFlight: inFlight.map((each, world) => each / (running[world] as number)),
    limit: memoryLimit,
    confidence: inputs.confidence,
    restarts: restartEvery !== undefined,
  });
  return { replicas, ...sized };
}

function declaredMemory(
  { worlds, memoryLimit, latency }: ServiceMemory & { worlds: Worlds },
  rate: Draws,
): { replicas: Draws; plan: MemoryPlan; findings: Finding[] } {
  const limit = memoryLimit ?? declared.replicaMemory;
  const plan: MemoryPlan = {
    request: limit / LIMIT_TO_REQUEST,
    limit,
    base: null,
    perConnection: null,
    connections: 0,
    leak: null,
    perRequest: latency === undefined ? null : declared.memoryPerRequest,
    oomRisk: null,
    basis: 'declared',
  };
  const replicas =
    latency === undefined ? worlds.certain(1) : declaredReplicasForMemory(rate, latency, limit);
  return { replicas, plan, findings: [] };
}

/** Bytes that a request holds while it is in the service, for each request per second; nothing when not known. */
export function memoryCost(memory: MemoryPlan, latency: number | undefined): CostModel | undefined {
  const { base, perConnection, connections, perRequest, basis } = memory;
  if (perRequest === null || latency === undefined) return undefined;
  const background = (base ?? 0) + (perConnection ?? 0) * connections;
  return { perRequest: perRequest * latency, background, replicates: [], basis };
}
