import { Histogram, parseHistogram } from '../models/histogram.ts';
import { median } from '../models/quantile.ts';
import type { Run, RunRow } from '../run.ts';
import { isSound, rateOf } from './rows.ts';
import type { Percentiles } from './types.ts';

/**
 * What the runs tell about latency. Latency at utilisation u is taken as `floor (1 + k u / (1 - u))`: with k = 1 that of
 * processor sharing (L. Kleinrock, Queueing Systems II, 4.4), with other k that of a single server whose service times
 * vary less or more (Pollaczek and Khinchine). k is found from the measured quantiles.
 */
export type LatencyModel = { floor: number; k: number };

/** Seconds of rows that are judged together: one second holds too few requests for a 99th percentile. */
const SPAN = 5;
/** Requests below this say nothing about a 99th percentile. */
const FEWEST = 50;
/** Below this utilisation queueing is within the noise. */
const BUSY = 0.3;
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
 * The latency that no count of replicas brings a class under: the quantile in the third of the time with least load,
 * or in the next third if that was lower, because the least load is often the coldest. Undefined for too few requests.
 */
export function latencyFloor(runs: readonly Run[], name: string, quantile: number): number | undefined {
  const spans = runs.flatMap((run) => spansOf(run.rows)).toSorted((a, b) => rateOf(a) - rateOf(b));
  const third = Math.ceil(spans.length / 3);
  const floors = [spans.slice(0, third), spans.slice(third, 2 * third)]
    .map((part) => merged(part.flat(), name))
    .filter(({ count }) => count >= FEWEST)
    .map((histogram) => histogram.quantile(quantile));
  return floors.length === 0 ? undefined : Math.min(...floors);
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
  const floor = latencyFloor(runs, name, quantile);
  if (floor === undefined || floor <= 0) return undefined;
  const found = runs
    .flatMap((run) => spansOf(run.rows))
    .flatMap((span) => {
      const u = utilisation?.(span) ?? 0;
      const histogram = merged(span, name);
      if (u < BUSY || u >= 0.95 || histogram.count < FEWEST) return [];
      return [(histogram.quantile(quantile) / floor - 1) / (u / (1 - u))];
    });
  const k = found.length < 3 ? 1 : Math.min(MOST_K, Math.max(LEAST_K, median(found)));
  return { floor, k };
}

/** Latency at a utilisation of 0 to below 1. */
export function latencyAt({ floor, k }: LatencyModel, utilisation: number): number {
  if (!(utilisation >= 0 && utilisation < 1))
    throw new RangeError(`utilisation ${utilisation} is not 0 to 1`);
  return floor * (1 + (k * utilisation) / (1 - utilisation));
}

/** The utilisation at which the latency is `seconds`: the inverse of `latencyAt`. Below the floor there is none. */
export function utilisationAt({ floor, k }: LatencyModel, seconds: number): number {
  const excess = seconds / floor - 1;
  if (!(excess >= 0)) throw new RangeError(`${seconds} s is below the floor of ${floor} s`);
  return excess / (k + excess);
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
function spansOf(rows: readonly RunRow[]): RunRow[][] {
  const spans: RunRow[][] = [];
  for (let i = 0; i + SPAN <= rows.length; i += SPAN) spans.push(rows.slice(i, i + SPAN));
  return spans.filter(isSound);
}

function merged(rows: readonly RunRow[], name: string): Histogram {
  const all = new Histogram(7);
  for (const row of rows) {
    const own = row.classes[name];
    if (own) all.merge(parseHistogram(own.latency));
  }
  return all;
}
