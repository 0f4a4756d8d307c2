import { sortedQuantile } from '../quantile.ts';

/** The strategies of Robusta's Kubernetes Resource Recommender, with its default settings. */
export type KrrStrategy = 'simple' | 'simple-limit';

/** Cores or bytes; a limit of null is none. */
export type Amounts = { readonly request: number | null; readonly limit: number | null };

/** Points of all pods together, and seconds from the first to the last, below which it says "not enough data". */
export const POINTS_NEEDED = 100;
export const SPAN_NEEDED = 3 * 3600;

const CPU_FLOOR = 0.01;
const MEMORY_FLOOR = 100 * 2 ** 20;
const MEMORY_BUFFER = 1.15;
const OOM_BUFFER = 1.25;

export function isEnough({ span, points }: { readonly span: number; readonly points: number }): boolean {
  return points >= POINTS_NEEDED && span >= SPAN_NEEDED;
}

/**
 * CPU from the samples of each pod, in cores. `simple` asks for the 95th percentile of the pod where that is highest and
 * sets no limit; `simple-limit` takes the 66th and the 96th of all samples together. Throws a RangeError for no samples.
 */
export function krrCpu(strategy: KrrStrategy, pods: readonly Float64Array[]): Amounts {
  const sorted = pods.filter(({ length }) => length > 0).map((values) => values.toSorted());
  if (strategy === 'simple') {
    const highest = Math.max(...sorted.map((values) => sortedQuantile(values, 0.95)));
    if (sorted.length === 0) throw new RangeError('no samples have no percentile');
    return { request: roundCpu(highest), limit: null };
  }
  const all = new Float64Array(sorted.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of sorted) {
    all.set(values, at);
    at += values.length;
  }
  all.sort();
  return { request: roundCpu(sortedQuantile(all, 0.66)), limit: roundCpu(sortedQuantile(all, 0.96)) };
}

/** Memory, the same for request and limit: the most, or the limit at which one was ended if that needs more. Bytes. */
export function krrMemory(pods: readonly Float64Array[], oomLimit: number | null): Amounts {
  let most = Number.NEGATIVE_INFINITY;
  for (const values of pods) for (const value of values) if (value > most) most = value;
  if (most < 0) throw new RangeError('no samples have no maximum');
  const bytes = roundMemory(Math.max(most * MEMORY_BUFFER, (oomLimit ?? 0) * OOM_BUFFER));
  return { request: bytes, limit: bytes };
}

function roundCpu(cores: number): number {
  return Math.max(CPU_FLOOR, Math.ceil(Number((cores * 1000).toFixed(6))) / 1000);
}

function roundMemory(bytes: number): number {
  return Math.max(MEMORY_FLOOR, Math.ceil(Number((bytes / 2 ** 20).toFixed(6))) * 2 ** 20);
}
