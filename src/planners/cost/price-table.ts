/**
 * What resources cost and what block volumes can do: a dated table that a file of the user's lies over. Prices are in
 * `currency`, of an hour or of a month of 730 hours; null where nobody said, and then nothing is told of that cost.
 */

/** The price of each operation per second up to `upTo` of them, null for all that are left, in ascending order. */
export type PriceTier = { upTo: number | null; price: number };

/** Limits and prices of one kind of volume. Sizes in GiB, throughput in MiB/s. */
export type VolumeKind = {
  cloud: string;
  /** It is considered only when it is asked for by name: another has taken its place. */
  onlyNamed: boolean;
  minGiB: number;
  maxGiB: number;
  /** The least that can be provisioned, what every volume has without a price, and the most. */
  minIops: number;
  includedIops: number;
  maxIops: number;
  /** At most so many for each GiB; null where size does not matter. */
  iopsPerGiB: number | null;
  /** They come with the size, and are not bought apart. */
  bySize: boolean;
  includedMiBps: number;
  maxMiBps: number;
  /** At most so much for each operation per second, and for each GiB. */
  mibpsPerIops: number | null;
  mibpsPerGiB: number | null;
  /** Seconds of a write at the fastest: a log that is flushed one write at a time does no more in a second. */
  writeSeconds: number | null;
  perGiBMonth: number | null;
  perIopsMonth: number | PriceTier[] | null;
  perMiBpsMonth: number | null;
  /** The day on which this was looked up, and where. */
  asOf: string;
  source: string;
};

export const rateGroups = {
  compute: ['perCoreHour', 'perGiBHour'],
  database: ['perCoreHour', 'perGiBHour'],
  cache: ['perGiBHour'],
  kafka: ['perCoreHour', 'perGiBHour', 'perGiBMonth'],
  backup: ['perGiBMonth'],
} as const;

export type RateGroup = keyof typeof rateGroups;

export type Rates = { [Group in RateGroup]: { [Name in (typeof rateGroups)[Group][number]]: number | null } };

export type PriceTable = {
  currency: string;
  region: string;
  asOf: string;
  rates: Rates;
  /** In the order in which they are tried where their prices are equal or unknown. */
  volumes: Record<string, VolumeKind>;
  /** The same in other regions. */
  regions: Record<string, Pick<PriceTable, 'rates' | 'volumes'>>;
};

export const HOURS_PER_MONTH = 730;

const TiB = 1024;

const gp3: VolumeKind = {
  cloud: 'aws',
  onlyNamed: false,
  ...{ minGiB: 1, maxGiB: 64 * TiB },
  ...{ minIops: 3000, includedIops: 3000, maxIops: 80_000, iopsPerGiB: 500, bySize: false },
  ...{ includedMiBps: 125, maxMiBps: 2000, mibpsPerIops: 0.25, mibpsPerGiB: null },
  writeSeconds: 0.0012,
  ...{ perGiBMonth: 0.08, perIopsMonth: 0.005, perMiBpsMonth: 0.04 },
  asOf: '2025-09-30',
  source: 'Amazon EBS, us-east-1: limits announced in September 2025',
};

const gp3Classic: VolumeKind = {
  ...gp3,
  onlyNamed: true,
  ...{ maxGiB: 16 * TiB, maxIops: 16_000, maxMiBps: 1000 },
  source: 'Amazon EBS, us-east-1: limits before September 2025',
};

const gp2: VolumeKind = {
  cloud: 'aws',
  onlyNamed: false,
  ...{ minGiB: 1, maxGiB: 16 * TiB },
  ...{ minIops: 0, includedIops: 0, maxIops: 16_000, iopsPerGiB: 3, bySize: true },
  ...{ includedMiBps: 250, maxMiBps: 250, mibpsPerIops: null, mibpsPerGiB: null },
  writeSeconds: 0.0012,
  ...{ perGiBMonth: 0.1, perIopsMonth: null, perMiBpsMonth: null },
  asOf: '2025-09-30',
  source: 'Amazon EBS, us-east-1',
};

const io2: VolumeKind = {
  cloud: 'aws',
  onlyNamed: false,
  ...{ minGiB: 4, maxGiB: 64 * TiB },
  ...{ minIops: 100, includedIops: 0, maxIops: 256_000, iopsPerGiB: 1000, bySize: false },
  ...{ includedMiBps: 0, maxMiBps: 4000, mibpsPerIops: 0.25, mibpsPerGiB: null },
  // Only its reads were published.
  writeSeconds: null,
  perGiBMonth: 0.125,
  perIopsMonth: [
    { upTo: 32_000, price: 0.065 },
    { upTo: 64_000, price: 0.0455 },
    { upTo: null, price: 0.032 },
  ],
  perMiBpsMonth: null,
  asOf: '2025-09-30',
  source: 'Amazon EBS, us-east-1: io2 Block Express',
};

const unpriced = { perGiBMonth: null, perIopsMonth: null, perMiBpsMonth: null, writeSeconds: null };

const pdBalanced: VolumeKind = {
  cloud: 'gcp',
  onlyNamed: false,
  ...{ minGiB: 10, maxGiB: 64 * TiB },
  ...{ minIops: 0, includedIops: 0, maxIops: 80_000, iopsPerGiB: 6, bySize: true },
  ...{ includedMiBps: 0, maxMiBps: 1200, mibpsPerIops: null, mibpsPerGiB: 0.28 },
  ...unpriced,
  asOf: '2026-08-31',
  source: 'Google Cloud, performance limits of Persistent Disk, of the largest machines',
};

const pdSsd: VolumeKind = {
  ...pdBalanced,
  ...{ maxIops: 100_000, iopsPerGiB: 30, mibpsPerGiB: 0.48 },
};

const hyperdiskBalanced: VolumeKind = {
  ...pdBalanced,
  ...{ minIops: 3000, includedIops: 3000, maxIops: 160_000, iopsPerGiB: 500, bySize: false },
  ...{ includedMiBps: 140, maxMiBps: 2400, mibpsPerGiB: null },
  source: 'Google Cloud, Hyperdisk Balanced: limits from memory, not confirmed',
};

const premiumSsdV2: VolumeKind = {
  cloud: 'azure',
  onlyNamed: false,
  ...{ minGiB: 1, maxGiB: 64 * TiB },
  ...{ minIops: 3000, includedIops: 3000, maxIops: 80_000, iopsPerGiB: 500, bySize: false },
  ...{ includedMiBps: 125, maxMiBps: 1200, mibpsPerIops: null, mibpsPerGiB: null },
  ...unpriced,
  asOf: '2026-08-31',
  source: 'Microsoft Azure, Premium SSD v2; newer pages allow 2,000 MiB/s',
};

/** Prices of compute, databases, caches and brokers are not in it: they differ too much to be assumed. */
export const builtInPrices: PriceTable = {
  currency: 'USD',
  region: 'us-east-1',
  asOf: '2025-09-30',
  rates: {
    compute: { perCoreHour: null, perGiBHour: null },
    database: { perCoreHour: null, perGiBHour: null },
    cache: { perGiBHour: null },
    kafka: { perCoreHour: null, perGiBHour: null, perGiBMonth: null },
    backup: { perGiBMonth: null },
  },
  volumes: {
    gp3,
    'gp3-classic': gp3Classic,
    gp2,
    io2,
    'pd-balanced': pdBalanced,
    'pd-ssd': pdSsd,
    'hyperdisk-balanced': hyperdiskBalanced,
    'premium-ssd-v2': premiumSsdV2,
  },
  regions: {},
};
