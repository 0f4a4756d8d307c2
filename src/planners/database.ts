import { type Capacity, DATABASE_UTILISATION } from './bottleneck.ts';
import { declaredConnections, planConnections } from './connections.ts';
import { type CostModel, upperUse } from './cost.ts';
import { PEAK_TO_MEAN, SECONDS_PER_DAY } from './declared.ts';
import type { Finding } from './findings.ts';
import { declaredIops, measuredIops, planIops } from './iops.ts';
import type { Facts } from './observed.ts';
import { declaredGrowth, measuredGrowth, planStorage } from './storage.ts';
import type { ConnectionPlan, Inputs, IopsPlan, Plan, Resource, StoragePlan } from './types.ts';
import { middleOf } from './worlds.ts';

/**
 * What the database must carry, with what is known of it. A database is not scaled up within minutes: it must carry the
 * strongest event as it stands.
 */
export type DatabaseRequirement = {
  inputs: Inputs;
  costs: Partial<Record<Resource, CostModel>>;
  facts: Facts | undefined;
  /** The peak, that before growth, and the top of the strongest event; null when only the database was declared. */
  load: { peak: number; now: number; withEvents: number; mix: Record<string, number> } | null;
  /** The class whose requests are the trades that `--trades-per-day` counts; undefined when nothing tells. */
  tradeClass: string | undefined;
  /** Replicas that carry the peak, and at most; null without a service. */
  replicas: { needed: number; maximum: number } | null;
};

export type DatabasePlan = Pick<Plan, 'iops' | 'storage' | 'connections' | 'database'> & {
  capacities: Capacity[];
  findings: Finding[];
};

export function planDatabase(requirement: DatabaseRequirement): DatabasePlan {
  const findings: Finding[] = [];
  const average = averageLoad(requirement, findings);
  const storage = storageOf(requirement, average, findings);
  const iops = iopsOf(requirement, average, storage, findings);
  const connections = connectionsOf(requirement, findings);
  const database = cpuOf(requirement, findings);
  return {
    iops,
    storage,
    connections,
    database,
    capacities: capacitiesOf(requirement, { iops, connections }),
    findings,
  };
}

/** Requests per second on average, now: as many as make the declared trades, or the peak over the usual ratio. */
function averageLoad({ inputs, load, tradeClass }: DatabaseRequirement, findings: Finding[]): number | null {
  if (load === null) return null;
  const { tradesPerDay } = inputs.declared;
  const share = tradeClass === undefined ? 0 : (load.mix[tradeClass] ?? 0);
  if (tradesPerDay !== undefined && share > 0) return middleOf(tradesPerDay) / SECONDS_PER_DAY / share;
  const average = load.now / PEAK_TO_MEAN;
  if (tradeClass !== undefined) {
    const args = { peak: load.now, average, ratio: PEAK_TO_MEAN };
    findings.push({ code: 'ASSUMED_AVERAGE_LOAD', severity: 'warning', args });
  }
  return average;
}

function storageOf(
  { inputs, costs, facts }: DatabaseRequirement,
  average: number | null,
  findings: Finding[],
): StoragePlan | null {
  const { tradesPerDay, tradeBytes, storageBytes, capacityBytes } = inputs.declared;
  const cost = costs.growthBytes;
  const measured = cost && average !== null ? measuredGrowth(cost.perRequest, average) : undefined;
  const stated =
    tradesPerDay !== undefined && tradeBytes !== undefined
      ? declaredGrowth(middleOf(tradesPerDay), middleOf(tradeBytes))
      : undefined;
  const growth = measured ?? stated;
  if (growth === undefined) return null;
  if (measured && stated) {
    const args = { flag: '--avg-trade-kb', declared: stated.perDay, measured: measured.perDay };
    findings.push({ code: 'MEASURED_WINS', severity: 'info', args });
  }
  // A declared size is that of the database in production, a measured one that of the database under test.
  const current =
    storageBytes !== undefined
      ? ({ bytes: middleOf(storageBytes), basis: 'declared' } as const)
      : ({
          bytes: facts?.databaseBytes ?? 0,
          basis: facts?.databaseBytes ? 'measured' : 'declared',
        } as const);
  const planned = planStorage({
    current,
    growth,
    horizon: inputs.horizonMonths,
    loadGrowth: middleOf(inputs.growth),
    capacity: capacityBytes,
  });
  findings.push(...planned.findings);
  return planned.plan;
}

function iopsOf(
  { inputs, costs, load }: DatabaseRequirement,
  average: number | null,
  storage: StoragePlan | null,
  findings: Finding[],
): IopsPlan | null {
  const operations = operationsOf(costs);
  const { tradesPerDay } = inputs.declared;
  const requirement =
    operations.length > 0 && load !== null && average !== null
      ? measuredIops(operations, costs.ioBytes, {
          average,
          peak: load.withEvents,
          confidence: inputs.confidence,
        })
      : tradesPerDay !== undefined
        ? declaredIops(middleOf(tradesPerDay))
        : undefined;
  if (requirement === undefined) return null;
  const planned = planIops(requirement, storage?.recommended ?? middleOf(inputs.declared.storageBytes ?? 0));
  findings.push(...planned.findings);
  return planned.plan;
}

function operationsOf({
  databaseReads,
  databaseWrites,
  databaseFsyncs,
}: DatabaseRequirement['costs']): CostModel[] {
  return [databaseReads, databaseWrites, databaseFsyncs].filter((model) => model !== undefined);
}

function connectionsOf(
  { inputs, costs, facts, load, replicas }: DatabaseRequirement,
  findings: Finding[],
): ConnectionPlan | null {
  const { connections, peakConnections } = inputs.declared;
  const hold = costs.connectionTime;
  if (hold && load !== null && replicas !== null) {
    const planned = planConnections({
      holdTime: upperUse(hold, 1, inputs.confidence),
      rate: load.withEvents,
      // Before the autoscaler has acted, or at the top of the strongest event with every replica there is.
      perReplica: Math.max(load.peak / replicas.needed, load.withEvents / replicas.maximum),
      maximum: replicas.maximum,
      maxConnections: facts?.maxConnections ?? null,
      current: facts?.connections ?? (connections === undefined ? null : middleOf(connections)),
    });
    const stated = peakConnections ?? connections;
    if (stated !== undefined) {
      const flag = peakConnections === undefined ? '--connections' : '--peak-connections';
      const args = { flag, declared: middleOf(stated), measured: planned.plan.required };
      findings.push({ code: 'MEASURED_WINS', severity: 'info', args });
    }
    findings.push(...planned.findings);
    return planned.plan;
  }
  const peak = peakConnections ?? connections;
  if (peak === undefined) return null;
  const now = connections === undefined ? (facts?.connections ?? null) : middleOf(connections);
  return declaredConnections(now, middleOf(peak));
}

function cpuOf({ inputs, costs, facts, load }: DatabaseRequirement, findings: Finding[]): Plan['database'] {
  const model = costs.databaseCpu;
  if (!model || !facts || load === null) return null;
  const required = upperUse(model, load.withEvents, inputs.confidence);
  const recommended = required / DATABASE_UTILISATION;
  if (recommended > facts.cpus) {
    findings.push({
      code: 'DATABASE_CPU_SHORT',
      severity: 'warning',
      args: { required: recommended, cores: facts.cpus },
    });
  }
  return { required, recommended, available: facts.cpus, basis: 'measured' };
}

/** What there is of the database in the plan: the cores it was measured on, its connections, its volume. */
function capacitiesOf(
  { costs, facts, replicas }: DatabaseRequirement,
  { iops, connections }: { iops: IopsPlan | null; connections: ConnectionPlan | null },
): Capacity[] {
  const capacities: Capacity[] = [];
  if (costs.databaseCpu && facts) {
    const available = facts.cpus * DATABASE_UTILISATION;
    capacities.push({ resource: 'databaseCpu', model: costs.databaseCpu, available });
  }
  if (costs.connectionTime && replicas && connections?.poolPerReplica) {
    const available = connections.poolPerReplica * replicas.maximum;
    capacities.push({ resource: 'connections', model: costs.connectionTime, available });
  }
  if (iops?.volume && iops.basis === 'measured') {
    const operations = operationsOf(costs);
    const sum = (of: (model: CostModel) => number) =>
      operations.reduce((total, model) => total + of(model), 0);
    const model: CostModel = {
      perRequest: sum(({ perRequest }) => perRequest),
      background: sum(({ background }) => background),
      replicates: [],
      basis: 'measured',
    };
    capacities.push({ resource: 'iops', model, available: iops.volume.iops });
    if (costs.ioBytes) {
      capacities.push({ resource: 'throughput', model: costs.ioBytes, available: iops.volume.throughput });
    }
  }
  return capacities;
}
