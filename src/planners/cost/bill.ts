import type {
  CostLine,
  CostPlan,
  DatabaseMemory,
  DatabaseSize,
  ReadReplicas,
  StoragePlan,
  Volume,
} from '../database/plan.ts';
import { volumePrice } from '../database/volumes.ts';
import type { Finding } from '../findings.ts';
import type { CpuPlan, MemoryPlan, ReplicaPlan } from '../service/plan.ts';
import type { StreamPlans } from '../streams/streams.ts';
import { HOURS_PER_MONTH, type PriceTable, type RateGroup, type Rates } from './price-table.ts';

const GiB = 2 ** 30;

/** What a plan uses of something with a price of its own in the table. Cores and bytes are those of all of it. */
export type Priced = { what: string; group: RateGroup } & (
  | { cores: number; bytes?: undefined; stored?: undefined }
  | { bytes: number; cores?: undefined; stored?: undefined }
  /** Bytes on disks. */
  | { stored: number; cores?: undefined; bytes?: undefined }
);

export type BillRequest = {
  prices: PriceTable;
  replicas: ReplicaPlan | null;
  cpu: CpuPlan | null;
  memory: MemoryPlan | null;
  database: DatabaseSize | null;
  databaseMemory: DatabaseMemory | null;
  readReplicas: ReadReplicas | null;
  volume: Volume | null;
  storage: StoragePlan | null;
  /** Of other tiers. */
  others?: readonly Priced[];
};

/** Memory of the cache, and disks of the brokers; what their machines have of cores is not planned. */
export function pricedStreams({ cache, kafka }: Pick<StreamPlans, 'cache' | 'kafka'>): Priced[] {
  return [
    ...(cache === null ? [] : [{ what: 'cache', group: 'cache', bytes: cache.instanceBytes } as const]),
    ...(kafka === null ? [] : [{ what: 'Kafka', group: 'kafka', stored: kafka.brokers.disk } as const]),
  ];
}

/**
 * What the plan costs in a month, with every replica of the service there all the time. Null where nothing has a price,
 * or a service is planned and has none: a sum without it would mislead.
 */
export function planCost(request: BillRequest): CostPlan | null {
  const { prices, replicas } = request;
  const bill = billOf(request, prices);
  if (bill === null) return null;
  const pod = replicas && podPrice(request, prices.rates);
  const total = bill.lines.reduce((sum, { perMonth }) => sum + perMonth, 0);
  const at = (count: number) => total + (count - (replicas?.recommended ?? 0)) * (pod ?? 0);
  const asOf = [
    prices.asOf,
    ...(request.volume?.perMonth == null ? [] : [request.volume.asOf]),
  ].toSorted()[0];
  return {
    currency: prices.currency,
    region: prices.region,
    asOf: asOf ?? prices.asOf,
    perMonth: {
      p5: at(replicas?.p5 ?? 0),
      p50: at(replicas?.p50 ?? 0),
      p95: at(replicas?.p95 ?? 0),
      recommended: total,
    },
    perReplica: pod,
    ...bill,
    regions: Object.entries(prices.regions).map(([region, own]) => {
      const there = billOf(request, { ...prices, ...own });
      const complete = there !== null && there.missing.length <= bill.missing.length;
      return {
        region,
        perMonth: complete ? there.lines.reduce((sum, { perMonth }) => sum + perMonth, 0) : null,
      };
    }),
  };
}

/** Parts that have no price are not in the sum. */
export function costFindings(cost: CostPlan | null): Finding[] {
  if (cost === null || cost.missing.length === 0) return [];
  return [{ code: 'COST_INCOMPLETE', severity: 'warning', args: { missing: cost.missing } }];
}

/** What a month costs with `count` replicas of the service in place of the recommended ones. */
export function costAt(cost: CostPlan, recommended: number, count: number): number {
  return cost.perMonth.recommended + (count - recommended) * (cost.perReplica ?? 0);
}

function billOf(request: BillRequest, prices: PriceTable): Pick<CostPlan, 'lines' | 'missing'> | null {
  const priced = [...pods(request), ...databases(request), ...(request.others ?? [])];
  const lines = priced.flatMap((each) => lineOf(each, prices.rates) ?? []);
  const missing = priced.flatMap((each) => (lineOf(each, prices.rates) === null ? [missingName(each)] : []));
  const { volume, storage, replicas } = request;
  if (volume !== null) {
    const kind = prices.volumes[volume.name];
    // Of a volume whose size is not known nothing has a price.
    const price = kind === undefined || volume.perMonth === null ? null : volumePrice(kind, volume);
    const quantity = 1 + (storage?.replicas ?? 0);
    if (price === null) missing.push(volume.name);
    else {
      const what = `${volume.name} volume`;
      lines.push({ what, quantity, unit: 'volumes', price, perMonth: quantity * price });
    }
  }
  if (lines.length === 0 || (replicas !== null && podPrice(request, prices.rates) === null)) return null;
  return { lines, missing: [...new Set(missing)] };
}

const SERVICE = 'service';
const DATABASE = 'database';

function pods({ replicas, cpu, memory }: BillRequest): Priced[] {
  if (replicas === null || cpu === null || memory === null) return [];
  const count = replicas.recommended;
  return [
    { what: SERVICE, group: 'compute', cores: count * cpu.request },
    { what: SERVICE, group: 'compute', bytes: count * memory.request },
  ];
}

function podPrice({ cpu, memory }: BillRequest, { compute }: Rates): number | null {
  if (cpu === null || memory === null || compute.perCoreHour === null || compute.perGiBHour === null)
    return null;
  return HOURS_PER_MONTH * (cpu.request * compute.perCoreHour + (memory.request / GiB) * compute.perGiBHour);
}

/** The primary, and read replicas as large as it. */
function databases({ database, databaseMemory, readReplicas, storage }: BillRequest): Priced[] {
  const machines = 1 + (readReplicas?.count ?? 0);
  return [
    ...(database === null
      ? []
      : [{ what: DATABASE, group: DATABASE, cores: machines * database.machine } as const]),
    ...(databaseMemory === null
      ? []
      : [{ what: DATABASE, group: DATABASE, bytes: machines * databaseMemory.recommended } as const]),
    ...(storage?.backups ? [{ what: 'backups', group: 'backup', stored: storage.backups } as const] : []),
  ];
}

function lineOf({ what, group, cores, bytes, stored }: Priced, rates: Rates): CostLine | null {
  const own: Partial<Record<string, number | null>> = rates[group];
  const line = (quantity: number, unit: CostLine['unit'], price: number | null | undefined) =>
    price === null || price === undefined
      ? null
      : { what, quantity, unit, price, perMonth: quantity * price };
  if (cores !== undefined) return line(cores * HOURS_PER_MONTH, 'core-hours', own.perCoreHour);
  if (bytes !== undefined) return line((bytes / GiB) * HOURS_PER_MONTH, 'GiB-hours', own.perGiBHour);
  return line(stored / GiB, 'GiB-months', own.perGiBMonth);
}

function missingName({ what, group, cores, stored }: Priced): string {
  const rate = cores !== undefined ? 'perCoreHour' : stored !== undefined ? 'perGiBMonth' : 'perGiBHour';
  return `${what} (${group}.${rate})`;
}
