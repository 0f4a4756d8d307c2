import type { Capacity } from './bottleneck.ts';
import type { CostModel } from './cost.ts';
import type { DatabaseFacts } from './database-facts.ts';
import type { IoPart, IopsPlan } from './database-plan.ts';
import { declared, PEAK_TO_MEAN, SECONDS_PER_DAY } from './declared.ts';
import type { Finding } from './findings.ts';
import type { VolumeKind } from './price-table.ts';
import type { Resource, WalPlan } from './types.ts';
import { chooseVolume, nearest } from './volumes.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from './worlds.ts';

/** Share of a volume's limits that is planned to be used: its latency rises steeply close to them. */
export const VOLUME_UTILISATION = 0.7;

/** The most that a volume takes as one operation, where neighbouring blocks follow each other as those of the log do. */
const LARGEST_IO = 256 * 2 ** 10;
const PAGE = 8192;
/** PostgreSQL's default `checkpoint_completion_target`. */
const COMPLETION_TARGET = 0.9;

/** In every world, operations and bytes per second at the busiest second; the average in operations. */
export type IoDemand = {
  average: Draws;
  reads: Draws;
  /** But for the flushes of the log. */
  writes: Draws;
  /** Flushes of the log as commits ask for them, and the operations that its bytes take at least. */
  flushes: Draws;
  logOperations: Draws;
  /** Flushes are known apart, so that group commit bounds them. */
  grouped: boolean;
  readBytes: Draws | null;
  writeBytes: Draws | null;
  parts: Partial<Record<IoPart, Draws>>;
  basis: IopsPlan['basis'];
};

export type MeasuredIo = {
  costs: Partial<Record<Resource, CostModel>>;
  facts: DatabaseFacts | null;
  wal: WalPlan | null;
  /** Requests per second: on average, and at the busiest second. */
  average: Draws;
  rate: Draws;
  /** Of the pages asked for, the share that is not in memory; null where nothing tells more than the runs do. */
  misses: Draws | null;
};

/**
 * Operations of the database's volume, each from its slope over the load: flushes of the log, the pages that checkpoints
 * write within their share of the interval, what the background writer and the sessions write, and reads of pages that
 * are not in memory. The busiest second is that of the peak, and not the mean of a day. Undefined where none of them was
 * measured.
 */
export function measuredIo(worlds: Worlds, measured: MeasuredIo): IoDemand | undefined {
  const { costs, facts, wal, rate, misses } = measured;
  if (!costs.databaseReads && !costs.databaseWrites && !costs.databaseFsyncs) return undefined;
  const at = (resource: Resource, load: Draws) => useIn(worlds, resource, costs[resource], load);
  const scaled = (draws: Draws, by: number) => draws.map((value) => value * by);
  const pages = facts?.pagesPerRequest ?? 0;
  const measuredReads = at('databaseReads', rate);
  const reads = worlds.map((world) =>
    Math.max(measuredReads[world] as number, pages * (misses?.[world] ?? 0) * (rate[world] as number)),
  );
  const syncs = at('databaseFsyncs', rate);
  const all = at('databaseWrites', rate);
  const flushShare = facts?.walSyncs ?? null;
  const parts: IoDemand['parts'] = { cacheMisses: reads };
  if (flushShare === null) parts.syncs = syncs;
  else Object.assign(parts, { walFlushes: scaled(syncs, flushShare), syncs: scaled(syncs, 1 - flushShare) });
  if (facts === null || facts.walWrites === null) parts.writes = all;
  else {
    const { walWrites, checkpointWrites, backgroundWrites } = facts;
    const target = facts.settings.completionTarget ?? COMPLETION_TARGET;
    parts.checkpoints = wal ? dirtied(worlds, measured, wal, target) : scaled(all, checkpointWrites / target);
    parts.backgroundWriter = scaled(all, backgroundWrites);
    parts.backends = scaled(all, Math.max(0, 1 - walWrites - checkpointWrites - backgroundWrites));
  }
  const { cacheMisses: _, walFlushes, ...written } = parts;
  const bytes = costs.ioBytes && at('ioBytes', rate);
  const readShare = facts?.readBytes ?? 0;
  const log = at('walBytes', rate);
  // What the log writes together with its flush is one operation and not two.
  const averageSyncs = at('databaseFsyncs', measured.average);
  const averageWrites = at('databaseWrites', measured.average);
  const averageReads = at('databaseReads', measured.average);
  const dataShare = 1 - (facts?.walWrites ?? 0);
  return {
    average: worlds.map(
      (world) =>
        (averageReads[world] as number) +
        (averageSyncs[world] as number) +
        (averageWrites[world] as number) * dataShare,
    ),
    reads,
    writes: sum(worlds, Object.values(written)),
    flushes: walFlushes ?? worlds.certain(0),
    logOperations: flushShare === null ? worlds.certain(0) : scaled(log, 1 / LARGEST_IO),
    grouped: flushShare !== null,
    readBytes: bytes
      ? worlds.map((world) => {
          const extra = (reads[world] as number) - (measuredReads[world] as number);
          return (bytes[world] as number) * readShare + extra * PAGE;
        })
      : null,
    writeBytes: bytes ? scaled(bytes, 1 - readShare) : null,
    parts,
    basis: 'measured',
  };
}

/** Pages that a checkpoint writes each second: those that were changed since the one before, and the new ones. */
function dirtied(worlds: Worlds, { costs, rate }: MeasuredIo, wal: WalPlan, target: number): Draws {
  const growth = useIn(worlds, 'growthBytes', costs.growthBytes, rate);
  return worlds.map(
    (world) => (wal.imagesPerRequest * (rate[world] as number) + (growth[world] as number) / PAGE) / target,
  );
}

/** What `rate` requests per second use of a resource in every world; none where it was not measured. */
export function useIn(worlds: Worlds, name: Resource, model: CostModel | undefined, rate: Draws): Draws {
  if (model === undefined) return worlds.certain(0);
  const { perRequest, background } = worlds.cost(name, model);
  return worlds.map((world) =>
    Math.max(0, (perRequest[world] as number) * (rate[world] as number) + (background[world] as number)),
  );
}

function sum(worlds: Worlds, draws: readonly Draws[]): Draws {
  return worlds.map((world) => draws.reduce((total, each) => total + (each[world] as number), 0));
}

/** By the declared constants: five reads and three writes a trade, averaged over a day. */
export function declaredIo(worlds: Worlds, tradesPerDay: Draws): IoDemand {
  const perSecond = (operations: number, factor = 1) =>
    tradesPerDay.map((trades) => (trades * operations * factor) / SECONDS_PER_DAY);
  const { readsPerTrade, writesPerTrade } = declared;
  const reads = perSecond(readsPerTrade, PEAK_TO_MEAN);
  const writes = perSecond(writesPerTrade, PEAK_TO_MEAN);
  return {
    average: perSecond(readsPerTrade + writesPerTrade),
    reads,
    writes,
    flushes: worlds.certain(0),
    logOperations: worlds.certain(0),
    grouped: false,
    readBytes: null,
    writeBytes: null,
    parts: { cacheMisses: reads, writes },
    basis: 'declared',
  };
}

/**
 * What is written each second on a disk that takes `writeSeconds` for a write. The log is flushed one write at a time,
 * and commits that come meanwhile share the next flush (group commit): there are no more flushes than fit in a second.
 */
export function writtenOn(worlds: Worlds, demand: IoDemand, writeSeconds: number | null): Draws {
  const { writes, flushes, logOperations, grouped } = demand;
  const most = grouped && writeSeconds !== null ? 1 / writeSeconds : Number.POSITIVE_INFINITY;
  return worlds.map(
    (world) =>
      (writes[world] as number) +
      Math.max(Math.min(flushes[world] as number, most), logOperations[world] as number),
  );
}

export type IopsRequest = {
  demand: IoDemand;
  confidence: number;
  /** Bytes that the volume must hold; null where they are not known, and then nothing has a price. */
  bytes: number | null;
  kinds: readonly (readonly [string, VolumeKind])[];
  hitRatio: IopsPlan['hitRatio'];
  /** Read replicas, and of the reads the share that goes to them. */
  replicas: { count: number; readShare: number };
};

/**
 * The volume for the demand. It must carry the busiest second, also when the recommendation does not. `grouped`
 * tells that commits share the flushes of the log.
 */
export function planIops(
  worlds: Worlds,
  request: IopsRequest,
): { plan: IopsPlan; grouped: boolean; findings: Finding[] } {
  const { demand, confidence, bytes, kinds, replicas } = request;
  const enough = (draws: Draws) => enoughAt(draws, confidence);
  const both = (written: Draws) => sum(worlds, [demand.reads, written]);
  const recommendedFor = (peak: number) =>
    demand.basis === 'declared' ? enough(demand.average) * declared.iopsBuffer : peak / VOLUME_UTILISATION;
  const moved =
    demand.readBytes && demand.writeBytes ? sum(worlds, [demand.readBytes, demand.writeBytes]) : null;
  const throughput = moved && enough(moved);
  const chosen = chooseVolume(kinds, (kind) => {
    const peak = enough(both(writtenOn(worlds, demand, kind.writeSeconds)));
    return {
      iops: Math.max(peak, recommendedFor(peak)),
      throughput: (throughput ?? 0) / VOLUME_UTILISATION,
      bytes: bytes ?? 0,
    };
  });
  const priced = <T extends { perMonth: number | null }>(each: T): T =>
    bytes === null ? { ...each, perMonth: null } : each;
  const volume = chosen.volume && priced(chosen.volume);
  const candidates = chosen.candidates.map(priced);
  const writeSeconds = kinds.find(([name]) => name === volume?.name)?.[1].writeSeconds ?? null;
  const written = writtenOn(worlds, demand, writeSeconds);
  const total = both(written);
  const peak = enough(total);
  const recommended = recommendedFor(peak);
  const asked = enough(demand.flushes);
  const grouped = demand.grouped && writeSeconds !== null && asked > 1 / writeSeconds;
  const plan: IopsPlan = {
    average: spreadOf(demand.average).p50,
    peak,
    spread: spreadOf(total),
    recommended,
    throughput,
    reads: { iops: enough(demand.reads), throughput: demand.readBytes && enough(demand.readBytes) },
    writes: { iops: enough(written), throughput: demand.writeBytes && enough(demand.writeBytes) },
    parts: partsOf(demand, enough, grouped ? 1 / writeSeconds : null),
    hitRatio: request.hitRatio,
    replica:
      replicas.count === 0
        ? null
        : { reads: (enough(demand.reads) * replicas.readShare) / replicas.count, writes: enough(written) },
    volume,
    candidates,
    basis: demand.basis,
  };
  const findings: Finding[] = [];
  if (recommended < peak) {
    findings.push({ code: 'IOPS_BELOW_PEAK', severity: 'warning', args: { recommended, peak } });
  }
  if (grouped) {
    const args = { commits: asked, flushes: 1 / writeSeconds, writeSeconds };
    findings.push({ code: 'GROUP_COMMIT', severity: 'info', args });
  }
  findings.push(...volumeFindings(plan, bytes !== null));
  return { plan, grouped, findings };
}

/** What each kind of operation is enough for; flushes no more than `mostFlushes`. */
function partsOf(
  { parts }: IoDemand,
  enough: (draws: Draws) => number,
  mostFlushes: number | null,
): IopsPlan['parts'] {
  const known = Object.entries(parts).map(([part, draws]): [string, number] => {
    const needed = enough(draws);
    return [part, part === 'walFlushes' && mostFlushes !== null ? Math.min(needed, mostFlushes) : needed];
  });
  return Object.fromEntries(known);
}

function volumeFindings({ volume, candidates, reads, writes }: IopsPlan, isSized: boolean): Finding[] {
  if (volume !== null) {
    // Which is the cheapest depends on the size.
    if (!isSized) return [];
    const others = candidates.filter(({ name }) => name !== volume.name);
    const args = { volume: volume.name, perMonth: volume.perMonth, others };
    return others.length === 0 ? [] : [{ code: 'VOLUME_CHOSEN', severity: 'info', args }];
  }
  const closest = nearest(candidates);
  if (closest === undefined) return [];
  const { name, short } = closest;
  // Memory and replicas take reads away; only another database takes writes.
  const help = short.limit === 'size' ? 'retention' : reads.iops > writes.iops ? 'memory' : 'spread';
  return [{ code: 'NO_VOLUME_FITS', severity: 'error', args: { volume: name, ...short, help } }];
}

/** What there is of the volume. Flushes of the log that commits share rise no more with the load. */
export function ioCapacities(
  { plan, grouped }: { plan: IopsPlan; grouped: boolean },
  costs: MeasuredIo['costs'],
  facts: DatabaseFacts | null,
): Capacity[] {
  const { volume, parts, hitRatio, basis } = plan;
  if (volume === null || basis === 'declared') return [];
  const missed = (facts?.pagesPerRequest ?? 0) * (1 - (hitRatio.planned ?? 1));
  const reads = costs.databaseReads;
  const beyond = Math.max(0, missed - (reads?.perRequest ?? 0));
  const shares: [CostModel | undefined, number][] = [
    [reads, 1],
    [costs.databaseWrites, 1 - (facts?.walWrites ?? 0)],
    [costs.databaseFsyncs, grouped ? 1 - (facts?.walSyncs ?? 0) : 1],
  ];
  const total = (of: (model: CostModel) => number) =>
    shares.reduce((all, [model, share]) => all + (model ? of(model) * share : 0), 0);
  const operations: CostModel = {
    perRequest: total(({ perRequest }) => perRequest) + beyond,
    background: total(({ background }) => background) + (grouped ? (parts.walFlushes ?? 0) : 0),
    replicates: [],
    basis,
  };
  const throughputOf = (bytes: CostModel): Capacity => ({
    resource: 'throughput',
    model: { ...bytes, perRequest: bytes.perRequest + beyond * PAGE },
    available: volume.throughput,
  });
  return [
    { resource: 'iops', model: operations, available: volume.iops },
    ...(costs.ioBytes === undefined ? [] : [throughputOf(costs.ioBytes)]),
  ];
}
