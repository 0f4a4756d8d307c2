import type { Capacity } from '../bottleneck.ts';
import type { VolumeKind } from '../cost/price-table.ts';
import type { CostModel } from '../cost.ts';
import { declared } from '../declared.ts';
import type { Finding } from '../findings.ts';
import { type Draws, enoughAt, spreadOf, type Worlds } from '../worlds.ts';
import type { DatabaseFacts } from './facts.ts';
import { type IoDemand, type MeasuredIo, PAGE, sumIn, writtenOn } from './io-demand.ts';
import type { IopsPlan } from './plan.ts';
import { chooseVolume, nearest } from './volumes.ts';

/** Share of a volume's limits that is planned to be used: its latency rises steeply close to them. */
export const VOLUME_UTILISATION = 0.7;

type Kinds = readonly (readonly [string, VolumeKind])[];

export type IopsRequest = {
  demand: IoDemand;
  confidence: number;
  /** Bytes that the volume must hold; null where they are not known, and then nothing has a price. */
  bytes: number | null;
  kinds: Kinds;
  /** What else there would be where only one kind is allowed. */
  others: Kinds;
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
  const both = (written: Draws) => sumIn(worlds, [demand.reads, written]);
  const recommendedFor = (peak: number) =>
    demand.basis === 'declared' ? enough(demand.average) * declared.iopsBuffer : peak / VOLUME_UTILISATION;
  const moved =
    demand.readBytes && demand.writeBytes ? sumIn(worlds, [demand.readBytes, demand.writeBytes]) : null;
  const throughput = moved && enough(moved);
  const demandOn = (kind: VolumeKind) => {
    const peak = enough(both(writtenOn(worlds, demand, kind.writeSeconds)));
    return {
      iops: Math.max(peak, recommendedFor(peak)),
      throughput: (throughput ?? 0) / VOLUME_UTILISATION,
      bytes: bytes ?? 0,
    };
  };
  const chosen = chooseVolume(kinds, demandOn);
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
  const instead = volume === null ? chooseVolume(request.others, demandOn).volume : null;
  findings.push(...volumeFindings(plan, bytes !== null, instead?.name ?? null));
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

/** `instead` is a kind that was not allowed and would carry it. */
function volumeFindings(
  { volume, candidates, reads, writes }: IopsPlan,
  isSized: boolean,
  instead: string | null,
): Finding[] {
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
  return [{ code: 'NO_VOLUME_FITS', severity: 'error', args: { volume: name, ...short, help, instead } }];
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
