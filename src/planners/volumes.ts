import type { Volume } from './types.ts';

/** Limits of one kind of block volume: operations and bytes per second, bytes. */
type VolumeKind = {
  name: string;
  /** Included with every volume, the least that is provisioned. */
  baseIops: number;
  baseThroughput: number;
  maxIops: number;
  maxThroughput: number;
  maxBytes: number;
  minBytes: number;
  /** Operations per second at most for each GiB. */
  iopsPerGiB: number;
  /** Bytes per second at most for each operation per second. */
  throughputPerIops: number;
  asOf: string;
};

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const TiB = 2 ** 40;

/** Amazon EBS as published, cheapest first: gp3 with the limits announced in September 2025, io2 Block Express. */
const kinds: readonly VolumeKind[] = [
  {
    name: 'gp3',
    baseIops: 3_000,
    baseThroughput: 125 * MiB,
    maxIops: 80_000,
    maxThroughput: 2_000 * MiB,
    maxBytes: 64 * TiB,
    minBytes: GiB,
    iopsPerGiB: 500,
    throughputPerIops: 0.25 * MiB,
    asOf: '2025-09-30',
  },
  {
    name: 'io2',
    baseIops: 100,
    baseThroughput: 0,
    maxIops: 256_000,
    maxThroughput: 4_000 * MiB,
    maxBytes: 64 * TiB,
    minBytes: 4 * GiB,
    iopsPerGiB: 1_000,
    throughputPerIops: 0.25 * MiB,
    asOf: '2025-09-30',
  },
];

/** The first kind that carries the load, with what to provision of it; undefined when none does. */
export function volumeFor(iops: number, throughput: number, bytes: number): Volume | undefined {
  for (const kind of kinds) {
    const provisioned = Math.max(kind.baseIops, Math.ceil(iops), Math.ceil(extraIops(kind, throughput)));
    const size = Math.max(kind.minBytes, bytes, sizeFor(kind, provisioned));
    if (provisioned > kind.maxIops || throughput > kind.maxThroughput || size > kind.maxBytes) continue;
    return {
      name: kind.name,
      iops: provisioned,
      throughput: Math.max(kind.baseThroughput, throughput),
      bytes: size,
      asOf: kind.asOf,
    };
  }
  return undefined;
}

/** Throughput beyond what is included needs operations to go with it. */
function extraIops({ baseThroughput, throughputPerIops }: VolumeKind, throughput: number): number {
  return throughput <= baseThroughput ? 0 : throughput / throughputPerIops;
}

/** What is included comes with every size. */
function sizeFor({ baseIops, iopsPerGiB }: VolumeKind, iops: number): number {
  return iops <= baseIops ? 0 : (iops / iopsPerGiB) * GiB;
}
