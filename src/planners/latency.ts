import { Histogram, parseHistogram } from '../models/histogram.ts';
import { median } from '../models/quantile.ts';
import type { Run, RunRow } from '../run.ts';
import { isSound, rateOf } from './rows.ts';
import type { Percentiles } from './types.ts';

/**
 * What the runs tell about latency. With x = u / (1 - u) at utilisation u, latency is taken as `floor (1 + k (x -
 * x0))`: it was `floor` at the lowest utilisation that was measured, `at`, and grows with x as in processor sharing
 * (L. Kleinrock, Queueing Systems II, 4.4: k = 1 from an idle server) or in a single server whose service times vary
 * less or more (Pollaczek and Khinchine). k is found from the measured quantiles. Below `at` nothing was measured, and
 * nothing gained.
 */
export type LatencyModel = { floor: number; at: number; k: number };

/** Seconds of rows that are judged together: one second holds too few requests for a 99th percentile. */
const SPAN = 5;
/** Requests below this say nothing about a 99th percentile. */
const FEWEST = 50;
/** Below this utilisation queueing is within the noise. */
const BUSY = 0.3;
/** Utilisations closer than this to the lowest tell no slope. */
const APART = 0.1;
const LEAST_K = 0.25;
const MOST_K = 10;

export function percentilesOf(runs: readonly Run[], name: string): Percentiles {
  const all = merged(
    runs.flatMap((run) => run.rows),
    name,
  );
  return { p50: all.quantile(0.5), p95: all.quantile(0.95), p99: all.quantile(0.99) };
}

/**
 * The latency that no count of replicas brings a class under: the lowest that the quantile was in any sixth of the
 * time, of the three with least load. Not simply the least loaded one, because that is often the start, and cold.
 * Undefined for too few requests.
 */
export function latencyFloor(runs: readonly Run[], name: string, quantile: number): number | undefined {
  return lowest(runs, name, quantile)?.latency;
}

type Lowest = { latency: number; rows: RunRow[] };

function lowest(runs: readonly Run[], name: string, quantile: number): Lowest | undefined {
  const spans = runs.flatMap((run) => spansOf(run.rows)).toSorted((a, b) => rateOf(a) - rateOf(b));
  const sixth = Math.ceil(spans.length / 6);
  const parts = [0, 1, 2].map((i) => spans.slice(i * sixth, (i + 1) * sixth).flat());
  // A rare class has too few requests in any sixth, but may have enough in all three.
  for (const candidates of [parts, [parts.flat()]]) {
    const known = candidates.flatMap((rows): Lowest[] => {
      const histogram = merged(rows, name);
      return histogram.count < FEWEST ? [] : [{ latency: histogram.quantile(quantile), rows }];
    });
    if (known.length > 0) return known.reduce((low, next) => (next.latency < low.latency ? next : low));
  }
  return undefined;
}

/**
 * The model of one class at one quantile. `utilisation` tells the share of the service's CPU in use during some rows.
 * Undefined when there were too few requests for a floor.
 */
export function latencyModel(
  runs: readonly Run[],
  name: string,
  quantile: number,
  utilisation: ((rows: readonly RunRow[]) => number) | undefined,
): LatencyModel | undefined {
  const idlest = lowest(runs, name, quantile);
  if (idlest === undefined || idlest.latency <= 0) return undefined;
  const floor = idlest.latency;
  const unknown = { floor, at: 0, k: 1 };
  if (utilisation === undefined) return unknown;
  const at = utilisation(idlest.rows);
  const slopes = runs
    .flatMap((run) => spansOf(run.rows))
    .flatMap((span) => {
      const u = utilisation(span);
      const histogram = merged(span, name);
      if (u < Math.max(BUSY, at + APART) || u >= 0.95 || histogram.count < FEWEST) return [];
      return [(histogram.quantile(quantile) / floor - 1) / (odds(u) - odds(at))];
    });
  if (slopes.length < 3) return unknown;
  return { floor, at, k: Math.min(MOST_K, Math.max(LEAST_K, median(slopes))) };
}

function odds(utilisation: number): number {
  return utilisation / (1 - utilisation);
}

/** Latency at a utilisation of 0 to below 1. */
export function latencyAt({ floor, at, k }: LatencyModel, utilisation: number): number {
  if (!(utilisation >= 0 && utilisation < 1)) {
    throw new RangeError(`utilisation ${utilisation} is not 0 to 1`);
  }
  return floor * (1 + k * Math.max(0, odds(utilisation) - odds(at)));
}

/** The utilisation at which the latency is `seconds`: the inverse of `latencyAt`. Below the floor there is none. */
export function utilisationAt({ floor, at, k }: LatencyModel, seconds: number): number {
  const excess = seconds / floor - 1;
  if (!(excess >= 0)) throw new RangeError(`${seconds} s is below the floor of ${floor} s`);
  const x = odds(at) + excess / k;
  return x / (1 + x);
}

/** Seconds that a request of any class took on average. */
export function meanLatency(runs: readonly Run[]): number {
  let count = 0;
  let sum = 0;
  for (const row of runs.flatMap((run) => run.rows)) {
    for (const { latency, count: requests } of Object.values(row.classes)) {
      sum += latency.sum;
      count += requests;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** Spans of rows; those with many failures are left out, because failing is fast. */
export function spansOf(rows: readonly RunRow[]): RunRow[][] {
  const spans: RunRow[][] = [];
  for (let i = 0; i + SPAN <= rows.length; i += SPAN) spans.push(rows.slice(i, i + SPAN));
  return spans.filter(isSound);
}

export function merged(rows: readonly RunRow[], name: string): Histogram {
  const all = new Histogram(7);
  for (const row of rows) {
    const own = row.classes[name];
    if (own) all.merge(parseHistogram(own.latency));
  }
  return all;
}
