import type { CostModel } from '../cost.ts';
import { declared, PEAK_TO_MEAN, SECONDS_PER_DAY } from '../declared.ts';
import type { Resource, WalPlan } from '../types.ts';
import type { Draws, Worlds } from '../worlds.ts';
import type { DatabaseFacts } from './facts.ts';
import type { IoPart, IopsPlan } from './plan.ts';

/** The most that a volume takes as one operation, where neighbouring blocks follow each other as those of the log do. */
const LARGEST_IO = 256 * 2 ** 10;
export const PAGE = 8192;
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
    writes: sumIn(worlds, Object.values(written)),
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

/** Of `draws`, world by world. */
export function sumIn(worlds: Worlds, draws: readonly Draws[]): Draws {
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
