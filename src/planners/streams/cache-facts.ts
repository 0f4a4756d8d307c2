import { quantile } from '../../models/quantile.ts';
import { seriesOf } from '../../models/series.ts';
import { robustLine } from '../../models/slope.ts';
import type { Run, Sample } from '../../run.ts';
import type { CostModel } from '../cost.ts';
import { bySource, readings, sumOfSeries } from '../meters.ts';
import { countedCost, highestOf, lastOf, type Measurements } from './counted.ts';

/** A Redis or Valkey server as runs with `redis://` showed it; null where they do not tell. */
export type CacheFacts = {
  /** The most there were: keys that expire, and keys that do not. */
  expiring: number;
  lasting: number;
  /** Bytes that one more key took, the slope of memory over keys; or, where keys hardly varied, memory over keys. */
  keyBytes: { value: number; by: 'slope' | 'mean' } | null;
  startupBytes: number | null;
  clientBytes: number | null;
  /** The highest use of memory, and the largest set that fragmentation can be judged by. */
  usedBytes: number;
  fragmentation: number | null;
  /** 0 is no limit. */
  maxmemory: number | null;
  evicts: boolean;
  /** It saves to disk, and the share of its memory that changed meanwhile and was copied, where that was seen. */
  persists: boolean;
  copied: number | null;
  /** At every size of memory that was tested, in ascending order. */
  hits: { maxmemory: number; hitRatio: number; evicted: number }[];
  /** Per request of the planned mix: commands, core seconds of its one thread, bytes on the network, lasting keys. */
  commands: CostModel | undefined;
  cpu: CostModel | undefined;
  network: CostModel | undefined;
  lastingKeys: CostModel | undefined;
};

/** A line through memory and keys needs this many readings, and keys that vary by this share of their number. */
const FEWEST = 8;
const VARIED = 0.2;
/** Every pair of readings is looked at: of more than these only some are taken. */
const MOST_READINGS = 120;
/** Below this many bytes fragmentation is mostly the server's own code and buffers. */
const TELLING_BYTES = 64 * 2 ** 20;

/** Undefined where no run read a cache. */
export function cacheFacts(measurements: Measurements): CacheFacts | undefined {
  const runs = measurements.runs.map(cacheSamples);
  const all = runs.flat();
  if (all.length === 0) return undefined;
  const used = highestOf(all, 'memory_bytes') ?? 0;
  const copied = Math.max(highestOf(all, 'rdb_copied_bytes') ?? 0, highestOf(all, 'aof_copied_bytes') ?? 0);
  const counter = (...names: string[]) =>
    countedCost(measurements, (run) => [seriesOf(readings(cacheSamples(run), names), 'counter')]);
  return {
    expiring: most(all, 'keys_expiring'),
    lasting: Math.max(0, ...all.map(lastingIn)),
    keyBytes: keyBytes(all),
    startupBytes: lastOf(all, 'memory_startup_bytes'),
    clientBytes: highestOf(all, 'memory_clients_bytes'),
    usedBytes: used,
    fragmentation: used >= TELLING_BYTES ? lastOf(all, 'memory_fragmentation_ratio') : null,
    maxmemory: lastOf(all, 'memory_max_bytes'),
    evicts: all.some(({ values }) => evictsBy(values)),
    persists: copied > 0 || (highestOf(all, 'aof_bytes') ?? 0) > 0 || (highestOf(all, 'rdb_saving') ?? 0) > 0,
    copied: copied > 0 && used > 0 ? Math.min(1, copied / used) : null,
    hits: hitsBySize(runs),
    commands: counter('commands'),
    cpu: counter('cpu_seconds'),
    network: counter('net_in_bytes', 'net_out_bytes'),
    lastingKeys: countedCost(measurements, (run) => [lastingSeries(cacheSamples(run))]),
  };
}

function cacheSamples(run: Run): Sample[] {
  return [...bySource(run.samples, /^redis\//).values()][0] ?? [];
}

function most(samples: readonly Sample[], name: string): number {
  return samples.reduce((highest, { values }) => Math.max(highest, sumOfSeries(values, name) ?? 0), 0);
}

function lastingIn({ values }: Sample): number {
  return Math.max(0, (sumOfSeries(values, 'keys') ?? 0) - (sumOfSeries(values, 'keys_expiring') ?? 0));
}

/** The keys without an expiry, which nothing but a command deletes. */
function lastingSeries(samples: readonly Sample[]) {
  const counted = samples.filter(({ values }) => sumOfSeries(values, 'keys') !== undefined);
  return seriesOf(
    counted.map((sample) => ({ t: sample.t, value: lastingIn(sample) })),
    'gauge',
  );
}

const KEEPS = 'memory_policy{policy="noeviction"}';

function evictsBy(values: Sample['values']): boolean {
  return Object.keys(values).some((key) => key.startsWith('memory_policy{') && key !== KEEPS);
}

function keyBytes(samples: readonly Sample[]): CacheFacts['keyBytes'] {
  const points = samples.flatMap(({ values }): [number, number][] => {
    const [keys, bytes] = [sumOfSeries(values, 'keys'), values.memory_bytes];
    return keys === undefined || bytes === undefined ? [] : [[keys, bytes]];
  });
  const keys = points.map(([count]) => count);
  if (points.length === 0 || Math.max(...keys) === 0) return null;
  const varied = quantile(keys, 0.9) - quantile(keys, 0.1);
  if (points.length >= FEWEST && varied >= VARIED * Math.max(...keys)) {
    const every = Math.ceil(points.length / MOST_READINGS);
    const { slope } = robustLine(points.filter((_, i) => i % every === 0));
    if (slope > 0) return { value: slope, by: 'slope' };
  }
  const last = samples.findLast(({ values }) => (sumOfSeries(values, 'keys') ?? 0) > 0);
  if (last === undefined) return null;
  const { memory_bytes = 0, memory_startup_bytes = 0, memory_clients_bytes = 0 } = last.values;
  const mean =
    (memory_bytes - memory_startup_bytes - memory_clients_bytes) / (sumOfSeries(last.values, 'keys') ?? 1);
  return mean > 0 ? { value: mean, by: 'mean' } : null;
}

/** Hits of all lookups, and keys evicted per second, of the runs at each size of memory. */
function hitsBySize(runs: readonly Sample[][]): CacheFacts['hits'] {
  const sizes = new Map<number, { hits: number; lookups: number; evicted: number; seconds: number }>();
  for (const samples of runs) {
    const increase = (name: string) => {
      const values = samples.flatMap((sample) => sample.values[name] ?? []);
      return Math.max(0, (values.at(-1) ?? 0) - (values[0] ?? 0));
    };
    const size = lastOf(samples, 'memory_max_bytes') ?? 0;
    const sum = sizes.get(size) ?? { hits: 0, lookups: 0, evicted: 0, seconds: 0 };
    sum.hits += increase('hits');
    sum.lookups += increase('hits') + increase('misses');
    sum.evicted += increase('evicted_keys');
    sum.seconds += (samples.at(-1)?.t ?? 0) - (samples[0]?.t ?? 0);
    sizes.set(size, sum);
  }
  return [...sizes]
    .filter(([, { lookups, seconds }]) => lookups > 0 && seconds > 0)
    .map(([maxmemory, { hits, lookups, evicted, seconds }]) => ({
      maxmemory,
      hitRatio: hits / lookups,
      evicted: evicted / seconds,
    }))
    .toSorted(
      (a, b) => (a.maxmemory || Number.POSITIVE_INFINITY) - (b.maxmemory || Number.POSITIVE_INFINITY),
    );
}
