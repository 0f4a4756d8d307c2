import { FxscaleError } from '../../errors.ts';
import type { ServiceTime } from '../../models/service-time.ts';
import { cpuQuantity, memoryQuantity } from '../../units.ts';
import { autoscaler, reactionTime, riseFindings, steepest } from '../autoscaling/autoscaling.ts';
import type { HorizontalPodAutoscaler } from '../autoscaling/object.ts';
import { type CostModel, useAt } from '../cost.ts';
import { declared } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { Load } from '../load.ts';
import { EXTRAPOLATION } from '../provenance.ts';
import type { Inputs } from '../types.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import { type Counts, countReplicas, mostOf, withLoss } from './counts.ts';
import { planCpuLimit } from './cpu-limit.ts';
import { type DeclaredLatency, replicasAtRandom, waitingShare } from './declared-servers.ts';
import { type ServiceMemory, sizeMemory } from './memory-size.ts';
import type { CpuPlan, Limits, MemoryPlan, Quantities, ReplicaPlan } from './plan.ts';
import { regionCount } from './regions.ts';
import { countAt, replicasForCpu, spreadOfCounts, stepsOf, withSpare } from './replicas.ts';
import { heldAt } from './saturation.ts';

export const SERVICE = 'trading-service';

/** What the service must carry, and what one replica of it is. */
export type ServiceRequirement = ServiceMemory & {
  worlds: Worlds;
  inputs: Inputs;
  /** The loss of a replica, zone or region was asked about, and not only assumed. */
  availabilityStated: boolean;
  cost: CostModel;
  load: Load;
  /** Share of the usable CPU that measured latency allows. */
  saturation: Draws;
  /** Instead of that, where nothing was measured. */
  declaredLatency: DeclaredLatency | undefined;
  /** Requests per second that one replica was shown to carry, and may be planned for; null when any number. */
  tested: number | null;
  /** Cores of a replica. */
  cpu: number;
  /** A replica is one JavaScript thread, which uses one core at most. */
  singleThread: boolean;
  /** That can use a core each; infinite when not known. */
  threads: number;
  /** CPU seconds of a request; undefined when not measured. */
  service: () => ServiceTime | undefined;
  /** The limit that the measured replicas had; null when they had none or nothing was measured. */
  testedCpu: number | null;
};

export type ServicePlan = {
  replicas: ReplicaPlan;
  cpu: CpuPlan;
  memory: MemoryPlan;
  resources: { requests: Quantities; limits: Limits };
  /** Of one region, where there are several. */
  hpa: HorizontalPodAutoscaler;
  findings: Finding[];
};

/** Replicas, their size and their autoscaler. Throws REFUSED when no count of replicas is enough. */
export function planService(requirement: ServiceRequirement): ServicePlan {
  const { worlds, inputs, cost, cpu } = requirement;
  const { confidence, events } = inputs;
  const delay = reactionTime(inputs.startup);
  const { growth } = steepest(events, delay);
  const usable = usableOf(requirement);
  const counts = countReplicas({ ...requirement, usable, growth });
  const percent = percentOf(requirement, counts);
  const byCpu = countAt(counts.byCpu, confidence, cpu);
  const sized = sizeMemory(requirement, counts.rate, counts.byCpu);
  const needed = mostOf(counts.byCpu, sized.replicas, counts.byServers, counts.byTested);
  const minimum = Math.max(declared.replicas, inputs.availability === 'replica' ? 0 : inputs.zones);
  const places = regionCount(inputs);
  const lost = withLoss(needed, counts, {
    inputs,
    basis: cost.basis,
    stated: requirement.availabilityStated,
  });
  const recommended = lost.map((count) => places * Math.max(minimum, count));
  const perRegion = countAt(recommended, confidence, cpu) / places;
  const room = worlds.certain((cpu * percent) / 100);
  const scaled = countAt(
    replicasForCpu(counts.rate, worlds.cost('platformCpu', cost), room),
    confidence,
    cpu,
  );
  const maximum = Math.max(
    perRegion,
    scaled,
    withSpare(countAt(counts.atEvent, confidence, cpu), inputs.availability, inputs.zones),
  );
  const atConfidence = {
    cpu: byCpu,
    memory: enoughAt(sized.replicas, confidence),
    latency: counts.byServers && enoughAt(counts.byServers, confidence),
    tested: counts.byTested && enoughAt(counts.byTested, confidence),
  };
  const count = enoughAt(needed, confidence);
  const limits = limitsOf(requirement, enoughAt(counts.rate, confidence) / count);
  const saturation = heldAt(counts.saturation, confidence);
  const target = cost.basis === 'measured' ? percent / 100 : Math.min(1 / declared.buffer, saturation);
  const rate = spreadOf(requirement.load.peak).p50;
  const servers = serversOf(requirement, counts);
  return {
    replicas: {
      ...spreadOfCounts(needed.map((each) => each * places)),
      needed: count * places,
      recommended: perRegion * places,
      steps: stepsOf(recommended, confidence),
      by: minimum > enoughAt(lost, confidence) ? 'minimum' : decides(atConfidence),
      byCpu: byCpu * places,
      byMemory: atConfidence.memory * places,
      byLatency: atConfidence.latency === undefined ? null : atConfidence.latency * places,
      byTested: atConfidence.tested === undefined ? null : atConfidence.tested * places,
      testedRate: requirement.tested,
      servers,
      regions: regionsOf(requirement, perRegion),
      basis: cost.basis,
    },
    cpu: {
      request: cpu,
      limit: limits.limit,
      throttling: limits.throttling,
      atPeak: useAt(cost, rate, count * places).value,
      atPeakUpper: enoughAt(coresOf(requirement, count * places), confidence),
      targetUtilisation: target,
      saturation,
      basis: cost.basis,
    },
    memory: sized.plan,
    resources: {
      requests: { cpu: cpuQuantity(cpu), memory: memoryQuantity(sized.plan.request) },
      limits: {
        ...(limits.limit === null ? {} : { cpu: cpuQuantity(limits.limit) }),
        memory: memoryQuantity(sized.plan.limit),
      },
    },
    hpa: autoscaler({ name: SERVICE, minimum, maximum, target: percent, atPeak: perRegion, events }),
    findings: [
      ...cpuFindings(requirement, limits.limit),
      ...limits.findings,
      ...countFindings(requirement.tested, atConfidence, servers, { needed: count, places }),
      ...sized.findings,
      ...riseFindings(events, delay, percent),
    ],
  };
}

/** The autoscaler's target: what keeps the latency at the stated confidence, and no replica far above what was tested. */
function percentOf({ inputs, cost, cpu, tested }: ServiceRequirement, { target }: Counts): number {
  const kept = Math.round(100 * heldAt(target, inputs.confidence));
  if (kept < 1) {
    throw new FxscaleError(
      'REFUSED',
      '--event: the load grows so fast that every replica would have to stand idle before it; ' +
        'scale up before the event, and plan for its peak with --peak',
    );
  }
  if (tested === null) return kept;
  const shown = Math.floor((100 * (tested * cost.perRequest + cost.background)) / cpu);
  return Math.max(1, Math.min(kept, shown));
}

type AtConfidence = { cpu: number; memory: number; latency: number | undefined; tested: number | undefined };

/** Of those that ask for as much, the first. */
function decides({ cpu, memory, latency = 0, tested = 0 }: AtConfidence): ReplicaPlan['by'] {
  const most = Math.max(cpu, memory, latency, tested);
  if (cpu === most) return 'cpu';
  if (memory === most) return 'memory';
  return latency === most ? 'latency' : 'tested';
}

function coresOf({ worlds, cost, load }: ServiceRequirement, replicas: number): Draws {
  const { perRequest, background } = worlds.cost('platformCpu', cost);
  return worlds.map(
    (world) =>
      (load.peak[world] as number) * (perRequest[world] as number) + replicas * (background[world] as number),
  );
}

function serversOf(
  { inputs, declaredLatency }: ServiceRequirement,
  { failoverRate, servers }: Counts,
): ReplicaPlan['servers'] {
  if (declaredLatency === undefined || servers === undefined) return null;
  const needed = enoughAt(servers, inputs.confidence);
  const [middle, latency] = [spreadOf(failoverRate).p50, spreadOf(declaredLatency.latency).p50];
  const { perReplica } = declaredLatency;
  return {
    needed,
    perReplica,
    waits: waitingShare(middle, latency, needed),
    replicasAtRandom: replicasAtRandom(middle, latency, declaredLatency),
  };
}

function regionsOf(
  { worlds, inputs, cost, load, cpu }: ServiceRequirement,
  perRegion: number,
): ReplicaPlan['regions'] {
  if (inputs.availability !== 'region') return null;
  const { perRequest, background } = worlds.cost('platformCpu', cost);
  const use = (share: number) =>
    enoughAt(
      worlds.map(
        (world) =>
          ((load.peak[world] as number) * share * (perRequest[world] as number)) / perRegion +
          (background[world] as number),
      ),
      inputs.confidence,
    ) / cpu;
  const { regions } = inputs;
  return {
    count: regions,
    perRegion,
    normalUtilisation: use(1 / regions),
    failoverUtilisation: use(1 / (regions - 1)),
  };
}

function usableOf({ cpu, singleThread }: Pick<ServiceRequirement, 'cpu' | 'singleThread'>): number {
  return singleThread ? Math.min(cpu, 1) : cpu;
}

/** By the tightest of the targets, or the 99th percentile without one. */
function limitsOf({ inputs, cpu, threads, service }: ServiceRequirement, rate: number) {
  const tightest = inputs.slos.toSorted((a, b) => a.seconds - b.seconds)[0];
  const { quantile = 0.99, seconds: target } = tightest ?? {};
  return planCpuLimit({ request: cpu, threads, rate, service, quantile, target, seed: inputs.seed });
}

function cpuFindings(requirement: ServiceRequirement, limit: number | null): Finding[] {
  const { cost, cpu, testedCpu } = requirement;
  const findings: Finding[] = [];
  const used = usableOf(requirement);
  if (used < cpu) findings.push({ code: 'CPU_ABOVE_ONE_THREAD', severity: 'warning', args: { cpu, used } });
  if (cost.basis === 'measured' && limit !== null && limit !== testedCpu) {
    findings.push({ code: 'LIMIT_NOT_TESTED', severity: 'info', args: { limit, tested: testedCpu } });
  }
  return findings;
}

function countFindings(
  tested: number | null,
  at: AtConfidence,
  servers: ReplicaPlan['servers'],
  { needed, places }: { needed: number; places: number },
): Finding[] {
  const findings: Finding[] = [];
  const otherwise = Math.max(at.cpu, at.memory) * places;
  if (tested !== null && needed * places > otherwise) {
    const args = { tested: tested / EXTRAPOLATION, rate: tested, replicas: needed * places, otherwise };
    findings.push({ code: 'REPLICAS_WITHIN_TEST', severity: 'warning', args });
  }
  const together = at.latency ?? 0;
  if (servers !== null && servers.replicasAtRandom > Math.max(needed, together)) {
    const args = { servers: servers.needed, replicas: together, random: servers.replicasAtRandom };
    findings.push({ code: 'ONE_QUEUE_ASSUMED', severity: 'warning', args });
  }
  return findings;
}
