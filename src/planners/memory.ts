import { scaledCondition } from '../models/linear.ts';
import { nnls } from '../models/nnls.ts';
import { median, quantile } from '../models/quantile.ts';
import { ceilCount, declared } from './declared.ts';
import type { Finding } from './findings.ts';
import type { MemoryPlan } from './types.ts';

/** Bytes of a replica, and of each request in flight in it; null when the readings do not tell the two apart. */
export type MemoryDemand = {
  base: number;
  perRequest: number | null;
  p95: number;
  peak: number;
  middle: number;
};

/** Above what was seen, as the vertical pod autoscaler and KRR leave it. */
const REQUEST_HEADROOM = 1.15;
const LIMIT_HEADROOM = 1.5;
/** Readings needed, and collinearity allowed, for a slope over requests in flight. */
const FEWEST = 20;
const MAX_CONDITION = 30;
const CONVINCING = 0.5;

/** Resident memory against requests in flight, from readings of single replicas; undefined for none. */
export function memoryDemand(
  readings: readonly { bytes: number; inFlight: number }[],
): MemoryDemand | undefined {
  if (readings.length === 0) return undefined;
  const bytes = readings.map((reading) => reading.bytes);
  const rows = readings.map(({ inFlight }) => [1, inFlight]);
  const known = { p95: quantile(bytes, 0.95), peak: Math.max(...bytes), middle: median(bytes) };
  if (readings.length < FEWEST || scaledCondition(rows) > MAX_CONDITION) {
    return { ...known, base: known.p95, perRequest: null };
  }
  const [base = 0, perRequest = 0] = nnls(rows, bytes).x;
  // Memory also grows with time, and a slope through that is not one over requests.
  if (explained(rows, bytes, base, perRequest) < CONVINCING)
    return { ...known, base: known.p95, perRequest: null };
  return { ...known, base, perRequest };
}

function explained(
  rows: readonly number[][],
  bytes: readonly number[],
  base: number,
  perRequest: number,
): number {
  const mean = bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
  let around = 0;
  let left = 0;
  bytes.forEach((value, t) => {
    around += (value - mean) ** 2;
    left += (value - base - perRequest * (rows[t]?.[1] ?? 0)) ** 2;
  });
  return around === 0 ? 0 : 1 - left / around;
}

/** Replicas with `limit` bytes each that hold `inFlight` requests together, with headroom. Infinite when none do. */
export function replicasForMemory(
  { base, perRequest }: MemoryDemand,
  inFlight: number,
  limit: number,
): number {
  const room = limit / REQUEST_HEADROOM - base;
  if (!perRequest) return 1;
  return room <= 0 ? Number.POSITIVE_INFINITY : Math.max(1, ceilCount((perRequest * inFlight) / room));
}

/** By the declared constants: replicas with `limit` bytes each. */
export function declaredReplicasForMemory(rate: number, latency: number, limit: number): number {
  return ceilCount((rate * latency * declared.memoryPerRequest * declared.buffer) / limit);
}

/**
 * Requests and limits for a replica that holds up to `inFlight` requests. The request covers 95 % of the readings. The
 * limit covers the highest, and as much again as that stood above the middle, because a short run sees little of the
 * tail. A `limit` that was stated is kept.
 */
export function planMemory(
  demand: MemoryDemand,
  inFlight: number,
  limit: number | undefined,
): { plan: MemoryPlan; findings: Finding[] } {
  const { base, perRequest, p95, peak, middle } = demand;
  const held = base + (perRequest ?? 0) * inFlight;
  const needed = Math.max(p95, held) * REQUEST_HEADROOM;
  const tail = Math.max(peak + (peak - middle), held) * LIMIT_HEADROOM;
  const chosen = limit ?? Math.max(tail, needed);
  const plan: MemoryPlan = {
    request: Math.min(chosen, needed),
    limit: chosen,
    base: perRequest === null ? null : base,
    perRequest,
    basis: 'measured',
  };
  if (chosen >= peak) return { plan, findings: [] };
  const args = { limit: chosen, observed: peak };
  return { plan, findings: [{ code: 'MEMORY_LIMIT_BELOW_OBSERVED', severity: 'error', args }] };
}
