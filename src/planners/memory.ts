import { fitMemory, type MemoryReading } from '../models/memory.ts';
import { median, quantile } from '../models/quantile.ts';
import { ceilCount, declared } from './declared.ts';
import type { Finding } from './findings.ts';
import type { MemoryPlan } from './types.ts';

/**
 * Bytes of a replica without load, of each connection to it and each request in flight in it, and lost by the second;
 * null where the readings do not tell. The base is then all that was seen.
 */
export type MemoryDemand = {
  base: number;
  perConnection: number | null;
  perRequest: number | null;
  leak: number | null;
  /** The most that one replica had open. */
  connections: number;
  p95: number;
  peak: number;
  middle: number;
};

/** Above what was seen, as the vertical pod autoscaler and KRR leave it. */
const REQUEST_HEADROOM = 1.15;
const LIMIT_HEADROOM = 1.5;
/** Resident memory against connections, requests in flight and time, from readings of single replicas; undefined for none. */
export function memoryDemand(readings: readonly MemoryReading[], seed: number): MemoryDemand | undefined {
  if (readings.length === 0) return undefined;
  const bytes = readings.map((reading) => reading.bytes);
  const p95 = quantile(bytes, 0.95);
  const connections = Math.max(...readings.map((reading) => reading.connections));
  const known = { connections, p95, peak: Math.max(...bytes), middle: median(bytes) };
  const model = fitMemory(readings, seed);
  if (model === undefined) return { ...known, base: p95, perConnection: null, perRequest: null, leak: null };
  return {
    ...known,
    // Without a slope over requests the base holds whatever they took.
    base: model.perRequest === null && model.perConnection === null ? p95 : model.base.value,
    perConnection: model.perConnection?.value ?? null,
    perRequest: model.perRequest?.value ?? null,
    leak: model.leak?.value ?? null,
  };
}

/** What a replica holds without any request in flight. */
function idle({ base, perConnection, connections }: MemoryDemand): number {
  return base + (perConnection ?? 0) * connections;
}

/** Replicas with `limit` bytes each that hold `inFlight` requests together, with headroom. Infinite when none do. */
export function replicasForMemory(demand: MemoryDemand, inFlight: number, limit: number): number {
  const { perRequest } = demand;
  const room = limit / REQUEST_HEADROOM - idle(demand);
  if (!perRequest) return 1;
  return room <= 0 ? Number.POSITIVE_INFINITY : Math.max(1, ceilCount((perRequest * inFlight) / room));
}

/** Connections that a replica with `limit` bytes holds, with headroom; null where the readings do not tell what one takes. */
export function connectionsWithin({ base, perConnection }: MemoryDemand, limit: number): number | null {
  return perConnection === null ? null : Math.max(0, (limit / REQUEST_HEADROOM - base) / perConnection);
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
  const { base, perConnection, perRequest, leak, connections, p95, peak, middle } = demand;
  const held = idle(demand) + (perRequest ?? 0) * inFlight;
  const needed = Math.max(p95, held) * REQUEST_HEADROOM;
  const tail = Math.max(peak + (peak - middle), held) * LIMIT_HEADROOM;
  const chosen = limit ?? Math.max(tail, needed);
  const plan: MemoryPlan = {
    request: Math.min(chosen, needed),
    limit: chosen,
    base: perRequest === null && perConnection === null ? null : base,
    perConnection,
    connections,
    perRequest,
    leak,
    basis: 'measured',
  };
  const findings: Finding[] = [];
  if (leak !== null) {
    const seconds = Math.max(0, chosen - held) / leak;
    findings.push({ code: 'MEMORY_LEAKS', severity: 'warning', args: { rate: leak, seconds } });
  }
  if (chosen < peak) {
    const args = { limit: chosen, observed: peak };
    findings.push({ code: 'MEMORY_LIMIT_BELOW_OBSERVED', severity: 'error', args });
  }
  return { plan, findings };
}
