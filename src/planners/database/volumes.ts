import { FxscaleError } from '../../errors.ts';
import type { PriceTable, PriceTier, VolumeKind } from '../cost/price-table.ts';
import type { Volume, VolumeCandidate } from './plan.ts';

/** Operations and bytes per second, and bytes. */
export type VolumeDemand = { iops: number; throughput: number; bytes: number };

/** What of a kind of volume is exceeded: what is needed of it, and the most there is. */
export type Shortfall = { limit: 'iops' | 'throughput' | 'size'; needed: number; most: number };

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** What must be provisioned of `kind` to carry `demand`, or the first of its limits that is broken. */
export function provision(kind: VolumeKind, demand: VolumeDemand): VolumeDemand | Shortfall {
  const { iopsPerGiB, mibpsPerIops, mibpsPerGiB, bySize } = kind;
  const mibps = demand.throughput / MiB;
  // Throughput beyond what is included needs operations to go with it, and operations need gibibytes.
  const forThroughput = mibpsPerIops === null || mibps <= kind.includedMiBps ? 0 : mibps / mibpsPerIops;
  const iops = Math.max(kind.minIops, Math.ceil(demand.iops), Math.ceil(forThroughput));
  const free = bySize ? kind.minIops : kind.includedIops;
  const forIops = iopsPerGiB === null || iops <= free ? 0 : iops / iopsPerGiB;
  const forBytes = mibpsPerGiB === null || mibps <= kind.includedMiBps ? 0 : mibps / mibpsPerGiB;
  const size = Math.max(kind.minGiB, demand.bytes / GiB, forIops, forBytes);
  if (iops > kind.maxIops) return { limit: 'iops', needed: iops, most: kind.maxIops };
  if (mibps > kind.maxMiBps)
    return { limit: 'throughput', needed: demand.throughput, most: kind.maxMiBps * MiB };
  if (size > kind.maxGiB) return { limit: 'size', needed: size * GiB, most: kind.maxGiB * GiB };
  return {
    iops: bySize ? Math.min(kind.maxIops, Math.max(iops, size * (iopsPerGiB ?? 0))) : iops,
    throughput: Math.min(kind.maxMiBps, Math.max(kind.includedMiBps, mibps, size * (mibpsPerGiB ?? 0))) * MiB,
    bytes: size * GiB,
  };
}

/** A month of a volume, by whole gibibytes; null where the kind has no price. */
export function volumePrice(kind: VolumeKind, { iops, throughput, bytes }: VolumeDemand): number | null {
  const { perGiBMonth, perIopsMonth, perMiBpsMonth, bySize } = kind;
  if (perGiBMonth === null) return null;
  const bought = bySize ? 0 : Math.max(0, iops - kind.includedIops);
  const extra = Math.max(0, throughput / MiB - kind.includedMiBps);
  const size = perGiBMonth * Math.ceil(bytes / GiB - 1e-9);
  return size + iopsPrice(perIopsMonth, bought) + (perMiBpsMonth ?? 0) * extra;
}

/** What `iops` operations per second cost, each tier at its own price. */
export function iopsPrice(price: number | PriceTier[] | null, iops: number): number {
  if (price === null) return 0;
  if (typeof price === 'number') return price * iops;
  let [sum, from] = [0, 0];
  for (const tier of price) {
    const upTo = tier.upTo ?? Number.POSITIVE_INFINITY;
    sum += Math.max(0, Math.min(iops, upTo) - from) * tier.price;
    from = upTo;
  }
  return sum;
}

/** Which kinds may be chosen: one alone, or those of a cloud. */
export type VolumeWish = { volume?: string | undefined; cloud?: string | undefined };

const DEFAULT_CLOUD = 'aws';

/** Throws USAGE for a kind or a cloud that the table does not have, or that do not go together. */
export function kindsFor({ volumes }: Pick<PriceTable, 'volumes'>, wish: VolumeWish): [string, VolumeKind][] {
  const all = Object.entries(volumes);
  if (wish.volume !== undefined) {
    const kind = volumes[wish.volume];
    if (kind === undefined || !Object.hasOwn(volumes, wish.volume))
      throw unknown('--volume', wish.volume, Object.keys(volumes));
    if (wish.cloud !== undefined && kind.cloud !== wish.cloud) {
      const message = `--volume ${wish.volume} is of ${kind.cloud}, but --cloud says ${wish.cloud}: leave one out`;
      throw new FxscaleError('USAGE', message);
    }
    return [[wish.volume, kind]];
  }
  const cloud = wish.cloud ?? DEFAULT_CLOUD;
  const own = all.filter(([, kind]) => kind.cloud === cloud && !kind.onlyNamed);
  if (own.length === 0) throw unknown('--cloud', cloud, [...new Set(all.map(([, kind]) => kind.cloud))]);
  return own;
}

/** Where one kind alone is allowed, all of the same cloud. */
export function othersFor(
  table: Pick<PriceTable, 'volumes'>,
  { volume }: VolumeWish,
): [string, VolumeKind][] {
  const cloud = volume === undefined ? undefined : table.volumes[volume]?.cloud;
  return cloud === undefined ? [] : kindsFor(table, { cloud });
}

function unknown(flag: string, given: string, known: string[]): FxscaleError {
  return new FxscaleError(
    'USAGE',
    `${flag} ${given}: no volume is known by it; write one of ${known.join(', ')}`,
  );
}

/**
 * The cheapest of `kinds` that carries its demand, and what became of each. Kinds without a price come after those that
 * have one, in their order. A kind's own demand is asked for because a faster disk is written to more often.
 */
export function chooseVolume(
  kinds: readonly (readonly [string, VolumeKind])[],
  demandOn: (kind: VolumeKind) => VolumeDemand,
): { volume: Volume | null; candidates: VolumeCandidate[] } {
  const judged = kinds.map(([name, kind]) => {
    const result = provision(kind, demandOn(kind));
    if ('limit' in result) return { candidate: { name, perMonth: null, short: result } };
    const perMonth = volumePrice(kind, result);
    const { cloud, asOf, source } = kind;
    const volume: Volume = { name, cloud, ...result, perMonth, asOf, source };
    return { candidate: { name, perMonth, short: null }, volume };
  });
  const price = (volume: Volume) => volume.perMonth ?? Number.MAX_VALUE;
  const fitting = judged.flatMap(({ volume }) => volume ?? []).toSorted((a, b) => price(a) - price(b));
  return { volume: fitting[0] ?? null, candidates: judged.map(({ candidate }) => candidate) };
}

/** Of kinds that all fall short, the one that comes nearest. */
export function nearest(
  candidates: readonly VolumeCandidate[],
): { name: string; short: Shortfall } | undefined {
  const over = ({ needed, most }: Shortfall) => needed / most;
  return candidates
    .flatMap(({ name, short }) => (short === null ? [] : [{ name, short }]))
    .toSorted((a, b) => over(a.short) - over(b.short))[0];
}
