import { type Capacity, DATABASE_UTILISATION } from '../bottleneck.ts';
import type { PriceTable } from '../cost/price-table.ts';
import type { CostModel } from '../cost.ts';
import { PEAK_TO_MEAN, SECONDS_PER_DAY } from '../declared.ts';
import type { Finding } from '../findings.ts';
import type { Fits } from '../fits.ts';
import type { Load } from '../load.ts';
import type { Facts } from '../observed.ts';
import type { Inputs, Plan, Resource } from '../types.ts';
import { type Draws, enoughAt, middleOf, spreadOf, type Worlds } from '../worlds.ts';
import { declaredConnections, POOL_WAIT, planConnections } from './connections.ts';
import type { DatabaseFacts } from './facts.ts';
import { declaredIo, type IoDemand, measuredIo, useIn } from './io-demand.ts';
import { ioCapacities, planIops } from './iops.ts';
import { knowsMemory, planMemoryOfDatabase } from './memory.ts';
import type { ConnectionPlan, IopsPlan, StoragePlan } from './plan.ts';
import { logBytes, logSettings, postgresSettings } from './postgres-settings.ts';
import { planSize } from './size.ts';
import { declaredGrowth, type Growth, measuredGrowth, planStorage } from './storage.ts';
import { kindsFor, othersFor } from './volumes.ts';

/**
 * What the database must carry, with what is known of it. A database is not scaled up within minutes: it must carry the
 * strongest event as it stands.
 */
export type DatabaseRequirement = {
  worlds: Worlds;
  inputs: Inputs;
  costs: Partial<Record<Resource, CostModel>>;
  fits: Fits;
  facts: Facts | undefined;
  wal: Plan['wal'];
  /** Null when only the database was declared. */
  load: Load | null;
  /** Requests per second today over a whole day, where more tells it than the peak does. */
  average: Draws | null;
  /** The class whose requests are the trades that `--trades-per-day` counts; undefined when nothing tells. */
  tradeClass: string | undefined;
  /** Replicas that carry the peak, and at most; null without a service. */
  replicas: { needed: number; maximum: number } | null;
  prices: PriceTable;
};

type Parts = 'iops' | 'storage' | 'connections' | 'database' | 'databaseMemory' | 'readReplicas' | 'postgres';
export type DatabasePlan = Pick<Plan, Parts> & { capacities: Capacity[]; findings: Finding[] };

/** Throws USAGE for a volume or a cloud that the prices do not have. */
export function planDatabase(requirement: DatabaseRequirement): DatabasePlan {
  const { worlds, inputs, costs, facts, load, prices } = requirement;
  const { confidence, database: options } = inputs;
  const database = facts?.database ?? null;
  const kinds = kindsFor(prices, options);
  const findings: Finding[] = [];
  const average = averageLoad(requirement, findings);
  const size = planSize(worlds, requirement);
  findings.push(...size.findings);
  const copies = size.replicas?.count ?? 0;
  const logRate =
    costs.walBytes &&
    load &&
    enoughAt(useIn(worlds, 'walBytes', costs.walBytes, load.withEvents), confidence);
  const log = logSettings({
    facts: database,
    wal: requirement.wal,
    logRate: logRate ?? null,
    replicas: copies,
  });
  const wal = logBytes(log, database);
  const storage = storageOf(requirement, average, { wal, replicas: copies }, findings);
  const connections = connectionsOf(requirement, findings);
  const memory =
    storage === null || !knowsMemory(options, database)
      ? null
      : planMemoryOfDatabase(worlds, {
          ...{ options, facts: database, projected: storage.projected, confidence },
          sessions: connections?.recommended ?? 0,
        });
  if (memory) findings.push(...memory.findings);
  const demand = ioOf(requirement, average, memory?.misses ?? null);
  const stated = declaredDraws(requirement, 'storageBytes');
  const iops =
    demand &&
    planIops(worlds, {
      ...{ demand, confidence, kinds, others: othersFor(prices, options) },
      bytes: storage?.plan.recommended ?? (stated ? enoughAt(stated, confidence) : null),
      hitRatio: hitRatio(database, memory?.misses ?? null, confidence),
      replicas: { count: copies, readShare: size.replicas?.readShare ?? 0 },
    });
  if (iops) findings.push(...iops.findings);
  const postgres = postgresSettings(log, database, { connections, memory: memory?.plan ?? null });
  findings.push(...postgres.findings);
  return {
    iops: iops?.plan ?? null,
    storage: storage?.plan ?? null,
    connections,
    database: size.plan,
    databaseMemory: memory?.plan ?? null,
    readReplicas: size.replicas,
    postgres: postgres.settings,
    capacities: [
      ...capacitiesOf(requirement, connections),
      ...(iops ? ioCapacities(iops, costs, database) : []),
    ],
    findings,
  };
}

/** The figure that was declared under `name` in every world. */
function declaredDraws(
  { worlds, inputs }: DatabaseRequirement,
  name: 'tradesPerDay' | 'tradeBytes' | 'storageBytes' | 'peakConnections' | 'connections',
): Draws | undefined {
  const figure = inputs.declared[name];
  return figure === undefined ? undefined : worlds.declared(name, figure);
}

/** Requests per second on average, now: as many as make the declared trades, or the peak over the usual ratio. */
function averageLoad(requirement: DatabaseRequirement, findings: Finding[]): Draws | null {
  const { load, tradeClass } = requirement;
  if (load === null) return null;
  const trades = declaredDraws(requirement, 'tradesPerDay');
  const share = tradeClass === undefined ? 0 : (load.mix[tradeClass] ?? 0);
  if (trades !== undefined && share > 0) return trades.map((each) => each / SECONDS_PER_DAY / share);
  if (requirement.average !== null) return requirement.average;
  if (tradeClass !== undefined) {
    const peak = spreadOf(load.now).p50;
    const args = { peak, average: peak / PEAK_TO_MEAN, ratio: PEAK_TO_MEAN };
    findings.push({ code: 'ASSUMED_AVERAGE_LOAD', severity: 'warning', args });
  }
  return load.now.map((rate) => rate / PEAK_TO_MEAN);
}

type PlannedStorage = { plan: StoragePlan; projected: Draws };

function storageOf(
  requirement: DatabaseRequirement,
  average: Draws | null,
  { wal, replicas }: { wal: number; replicas: number },
  findings: Finding[],
): PlannedStorage | null {
  const { worlds, inputs, costs, facts } = requirement;
  const growth = growthOf(requirement, average, findings);
  if (growth === undefined) return null;
  const stated = declaredDraws(requirement, 'storageBytes');
  const { findings: found, ...planned } = planStorage(worlds, {
    // A declared size is that of the database in production, a measured one that of the database under test.
    current:
      stated !== undefined
        ? { bytes: stated, basis: 'declared' }
        : {
            bytes: worlds.certain(facts?.database.bytes ?? 0),
            basis: facts?.database.bytes ? 'measured' : 'declared',
          },
    growth,
    horizon: inputs.horizonMonths,
    loadGrowth: worlds.declared('growth', inputs.growth),
    confidence: inputs.confidence,
    capacity: inputs.declared.capacityBytes,
    retention: inputs.database.retentionMonths,
    wal,
    indexShare: costs.growthBytes === undefined ? null : (facts?.database.indexShare ?? null),
    replicas,
    backups: inputs.database.backups,
  });
  findings.push(...found);
  return planned;
}

function growthOf(
  requirement: DatabaseRequirement,
  average: Draws | null,
  findings: Finding[],
): Growth | undefined {
  const { worlds, costs } = requirement;
  const trades = declaredDraws(requirement, 'tradesPerDay');
  const bytes = declaredDraws(requirement, 'tradeBytes');
  const measured =
    costs.growthBytes && average !== null
      ? measuredGrowth(worlds.cost('growthBytes', costs.growthBytes).perRequest, average)
      : undefined;
  const stated = trades && bytes ? declaredGrowth(trades, bytes) : undefined;
  if (measured && stated) {
    const [given, found] = [spreadOf(stated.perDay).p50, spreadOf(measured.perDay).p50];
    const args = { flag: '--avg-trade-kb', declared: given, measured: found };
    findings.push({ code: 'MEASURED_WINS', severity: 'info', args });
  }
  return measured ?? stated;
}

function ioOf(
  requirement: DatabaseRequirement,
  average: Draws | null,
  misses: Draws | null,
): IoDemand | null {
  const { worlds, costs, facts, wal, load } = requirement;
  const measured =
    load !== null && average !== null
      ? measuredIo(worlds, {
          costs,
          facts: facts?.database ?? null,
          wal,
          average,
          rate: load.withEvents,
          misses,
        })
      : undefined;
  const trades = declaredDraws(requirement, 'tradesPerDay');
  return measured ?? (trades ? declaredIo(worlds, trades) : null);
}

function hitRatio(
  facts: DatabaseFacts | null,
  misses: Draws | null,
  confidence: number,
): IopsPlan['hitRatio'] {
  return { measured: facts?.hitRatio ?? null, planned: misses && 1 - enoughAt(misses, confidence) };
}

function connectionsOf(requirement: DatabaseRequirement, findings: Finding[]): ConnectionPlan | null {
  const { worlds, inputs, costs, facts, load, replicas } = requirement;
  const { connections, peakConnections } = inputs.declared;
  const { poolWait, maxConnections: stated, cores } = inputs.database;
  const settings = facts?.database.settings;
  const maxConnections = stated ?? settings?.maxConnections ?? null;
  const current = connections === undefined ? (facts?.connections ?? null) : middleOf(connections);
  const hold = costs.connectionTime;
  if (hold && load !== null && replicas !== null) {
    const { peak, withEvents } = load;
    const planned = planConnections(worlds, {
      holdTime: worlds.cost('connectionTime', hold).perRequest,
      rate: withEvents,
      // Before the autoscaler has acted, or at the top of the strongest event with every replica there is.
      perReplica: worlds.map((world) =>
        Math.max((peak[world] as number) / replicas.needed, (withEvents[world] as number) / replicas.maximum),
      ),
      maximum: replicas.maximum,
      wait: poolWait ?? POOL_WAIT,
      confidence: inputs.confidence,
      maxConnections,
      reserved: settings?.reservedConnections ?? null,
      current: facts?.connections ?? current,
      cores: cores ?? facts?.cpus ?? null,
    });
    const declared = peakConnections ?? connections;
    if (declared !== undefined) {
      const flag = peakConnections === undefined ? '--connections' : '--peak-connections';
      const args = { flag, declared: middleOf(declared), measured: planned.plan.required };
      findings.push({ code: 'MEASURED_WINS', severity: 'info', args });
    }
    findings.push(...planned.findings);
    return planned.plan;
  }
  const peak = declaredDraws(requirement, 'peakConnections') ?? declaredDraws(requirement, 'connections');
  return peak === undefined ? null : declaredConnections(current, peak, inputs.confidence, maxConnections);
}

/** What there is of the database in the plan: its cores and its connections. */
function capacitiesOf(
  { costs, facts, replicas, inputs }: DatabaseRequirement,
  connections: ConnectionPlan | null,
): Capacity[] {
  const capacities: Capacity[] = [];
  if (costs.databaseCpu && facts) {
    const available = (inputs.database.cores ?? facts.cpus) * DATABASE_UTILISATION;
    capacities.push({ resource: 'databaseCpu', model: costs.databaseCpu, available });
  }
  if (costs.connectionTime && replicas && connections?.poolPerReplica) {
    const available = connections.poolPerReplica * replicas.maximum;
    capacities.push({ resource: 'connections', model: costs.connectionTime, available });
  }
  return capacities;
}
