import { FxscaleError } from '../errors.ts';
import { cpuQuantity, memoryQuantity } from '../units.ts';
import type { HorizontalPodAutoscaler } from './autoscaler-object.ts';
import { autoscaler, cpuTarget, reactionTime, riseFindings, steepest } from './autoscaling.ts';
import { type CostModel, upperUse, useAt } from './cost.ts';
import { declared, LIMIT_TO_REQUEST } from './declared.ts';
import type { Finding } from './findings.ts';
import { declaredReplicasForMemory, type MemoryDemand, planMemory, replicasForMemory } from './memory.ts';
import { countAt, replicasForCpu, spreadOfCounts, withSpare } from './replicas.ts';
import type { CpuPlan, Inputs, MemoryPlan, Quantities, ReplicaPlan } from './types.ts';

export const SERVICE = 'trading-service';

/** What the service must carry, and what one replica of it is. */
export type ServiceRequirement = {
  inputs: Inputs;
  /** The loss of a replica or zone was asked about, and not only assumed. */
  availabilityStated: boolean;
  cost: CostModel;
  peak: number;
  /** Share of the usable CPU that latency allows. */
  saturation: number;
  /** Cores of a replica. */
  cpu: number;
  /** A replica is one JavaScript thread, which uses one core at most. */
  singleThread: boolean;
  /** The limit that the measured replicas had; null when they had none or nothing was measured. */
  testedCpu: number | null;
  memory: MemoryDemand | undefined;
  memoryLimit: number | undefined;
  /** Seconds that a request takes on average; undefined when nothing tells. */
  latency: number | undefined;
};

export type ServicePlan = {
  replicas: ReplicaPlan;
  cpu: CpuPlan;
  memory: MemoryPlan;
  resources: { requests: Quantities; limits: Quantities };
  hpa: HorizontalPodAutoscaler;
  findings: Finding[];
};

/** Replicas, their size and their autoscaler. Throws REFUSED when no count of replicas is enough. */
export function planService(requirement: ServiceRequirement): ServicePlan {
  const { inputs, cost, peak, cpu } = requirement;
  const { confidence, events } = inputs;
  const delay = reactionTime(inputs.startup);
  const saturation = (requirement.saturation * usableOf(requirement)) / cpu;
  const percent = cpuTarget(saturation, steepest(events, delay).growth);
  if (percent < 1) {
    throw new FxscaleError(
      'REFUSED',
      '--event: the load grows so fast that every replica would have to stand idle before it; ' +
        'scale up before the event, and plan for its peak with --peak',
    );
  }
  const target = percent / 100;
  const share = cost.basis === 'measured' ? target : Math.min(1 / declared.buffer, saturation);
  const counts = replicasForCpu(cost, peak, cpu, share);
  const byCpu = countAt(counts, confidence, cpu);
  const memory = memoryOf(requirement, byCpu);
  const needed = Math.max(byCpu, memory.replicas);
  const minimum = Math.max(declared.replicas, inputs.availability === 'zone' ? inputs.zones : 0);
  const spared = withSpareOf(requirement, needed, saturation);
  const recommended = Math.max(minimum, spared);
  const scaled = countAt(replicasForCpu(cost, peak, cpu, target), confidence, cpu);
  const multiplier = Math.max(1, ...events.map((event) => event.multiplier));
  const atEvent = countAt(replicasForCpu(cost, peak * multiplier, cpu, saturation), confidence, cpu);
  const maximum = Math.max(recommended, scaled, withSpare(atEvent, inputs.availability, inputs.zones));
  const use = useAt(cost, peak, needed);
  return {
    replicas: {
      ...atLeast(spreadOfCounts(counts), memory.replicas),
      recommended,
      by: minimum > spared ? 'minimum' : memory.replicas > byCpu ? 'memory' : 'cpu',
      byCpu,
      byMemory: memory.replicas,
      basis: cost.basis,
    },
    cpu: {
      request: cpu,
      limit: limitOf(requirement),
      atPeak: use.value,
      atPeakUpper: upperUse(cost, peak, confidence, needed),
      targetUtilisation: share,
      saturation,
      basis: cost.basis,
    },
    memory: memory.plan,
    resources: {
      requests: { cpu: cpuQuantity(cpu), memory: memoryQuantity(memory.plan.request) },
      limits: { cpu: cpuQuantity(limitOf(requirement)), memory: memoryQuantity(memory.plan.limit) },
    },
    hpa: autoscaler({ name: SERVICE, minimum, maximum, target: percent, atPeak: recommended, events }),
    findings: [...cpuFindings(requirement), ...memory.findings, ...riseFindings(events, delay, percent)],
  };
}

function usableOf({ cpu, singleThread }: ServiceRequirement): number {
  return singleThread ? Math.min(cpu, 1) : cpu;
}

/** Twice the request, so that a start or a pause is over sooner; but no more than one thread can use. */
function limitOf({ cpu, singleThread }: ServiceRequirement): number {
  const twice = cpu * LIMIT_TO_REQUEST;
  return singleThread ? Math.max(cpu, Math.min(twice, 1)) : twice;
}

/**
 * What is left after a loss still carries the peak. The buffer of the declared constants stands for that loss, unless
 * it was asked about: then what is left must carry the peak without the buffer.
 */
function withSpareOf(requirement: ServiceRequirement, needed: number, saturation: number): number {
  const { inputs, cost, peak, cpu } = requirement;
  const { availability, zones } = inputs;
  if (cost.basis === 'measured') return withSpare(needed, availability, zones);
  if (!requirement.availabilityStated) return needed;
  const bare = replicasForCpu(cost, peak, cpu, saturation).estimate;
  return Math.max(needed, withSpare(bare, availability, zones));
}

function memoryOf(
  requirement: ServiceRequirement,
  byCpu: number,
): { replicas: number; plan: MemoryPlan; findings: Finding[] } {
  const { memory, memoryLimit, peak, latency } = requirement;
  if (memory === undefined) {
    const limit = memoryLimit ?? declared.replicaMemory;
    const plan: MemoryPlan = {
      request: limit / LIMIT_TO_REQUEST,
      limit,
      base: null,
      perConnection: null,
      connections: 0,
      leak: null,
      perRequest: latency === undefined ? null : declared.memoryPerRequest,
      basis: 'declared',
    };
    return {
      replicas: latency === undefined ? 1 : Math.max(1, declaredReplicasForMemory(peak, latency, limit)),
      plan,
      findings: [],
    };
  }
  const inFlight = peak * (latency ?? 0);
  const replicas = memoryLimit === undefined ? 1 : replicasForMemory(memory, inFlight, memoryLimit);
  if (!Number.isFinite(replicas)) {
    throw new FxscaleError(
      'REFUSED',
      `--replica-memory ${memoryQuantity(memoryLimit ?? 0)}: a replica takes ${memoryQuantity(memory.base)} ` +
        'without any request; give it more',
    );
  }
  return { replicas, ...planMemory(memory, inFlight / Math.max(replicas, byCpu), memoryLimit) };
}

function cpuFindings(requirement: ServiceRequirement): Finding[] {
  const { cost, cpu, testedCpu } = requirement;
  const findings: Finding[] = [];
  const limit = limitOf(requirement);
  const used = usableOf(requirement);
  if (used < cpu) findings.push({ code: 'CPU_ABOVE_ONE_THREAD', severity: 'warning', args: { cpu, used } });
  if (cost.basis === 'measured' && limit !== testedCpu) {
    findings.push({ code: 'LIMIT_NOT_TESTED', severity: 'info', args: { limit, tested: testedCpu } });
  }
  return findings;
}

function atLeast({ p5, p50, p95 }: { p5: number; p50: number; p95: number }, least: number) {
  return { p5: Math.max(p5, least), p50: Math.max(p50, least), p95: Math.max(p95, least) };
}

/** Bytes that a request holds while it is in the service, for each request per second; nothing when not known. */
export function memoryCost(memory: MemoryPlan, latency: number | undefined): CostModel | undefined {
  const { base, perConnection, connections, perRequest, basis } = memory;
  if (perRequest === null || latency === undefined) return undefined;
  const background = (base ?? 0) + (perConnection ?? 0) * connections;
  return { perRequest: perRequest * latency, background, replicates: [], basis };
}
