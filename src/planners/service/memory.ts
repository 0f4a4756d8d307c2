import { blockLength, movingBlocks } from '../../models/bootstrap.ts';
import { fitMemory, type MemoryReading, type MemoryTerm } from '../../models/memory.ts';
import { median, normalQuantile, quantile } from '../../models/quantile.ts';
import { Random } from '../../models/random.ts';
import { ceilCount, declared } from '../declared.ts';
import type { Finding } from '../findings.ts';
import { type Draws, enoughAt, type Worlds } from '../worlds.ts';
import type { MemoryPlan } from './plan.ts';

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
  /** Of the terms that the readings tell, their 95 % intervals. */
  intervals: { base: Interval | null } & Record<'perConnection' | 'perRequest' | 'leak', Interval | null>;
};

type Interval = { low: number; high: number };
type Term = keyof MemoryDemand['intervals'];

/** Above what was seen, as the vertical pod autoscaler and KRR leave it. */
const REQUEST_HEADROOM = 1.15;
const LIMIT_HEADROOM = 1.5;
const TAILS = 200;

/** Resident memory against connections, requests in flight and time, from readings of single replicas; undefined for none. */
export function memoryDemand(readings: readonly MemoryReading[], seed: number): MemoryDemand | undefined {
  if (readings.length === 0) return undefined;
  const bytes = readings.map((reading) => reading.bytes);
  const p95 = quantile(bytes, 0.95);
  const connections = Math.max(...readings.map((reading) => reading.connections));
  const known = { connections, p95, peak: Math.max(...bytes), middle: median(bytes) };
  const model = fitMemory(readings, seed);
  const { perConnection = null, perRequest = null, leak = null } = model ?? {};
  // Without a slope over requests the base holds whatever they took.
  const base = model === undefined || (perRequest === null && perConnection === null) ? null : model.base;
  return {
    ...known,
    base: base?.value ?? p95,
    perConnection: perConnection?.value ?? null,
    perRequest: perRequest?.value ?? null,
    leak: leak?.value ?? null,
    intervals: {
      base: intervalOf(base),
      perConnection: intervalOf(perConnection),
      perRequest: intervalOf(perRequest),
      leak: intervalOf(leak),
    },
  };
}

function intervalOf(term: MemoryTerm | null): Interval | null {
  return term && { low: term.low, high: term.high };
}

/**
 * The highest that a replica may come to, by every replicate of a moving-block bootstrap of its readings: the most that
 * was seen, and as much again as that stood above the middle, because a short run sees little of the tail.
 */
export function memoryTails(readings: readonly MemoryReading[], seed: number): number[] {
  if (readings.length === 0) return [];
  const random = new Random(seed);
  const bytes = readings.map((reading) => reading.bytes);
  const block = blockLength(bytes.length);
  return Array.from({ length: TAILS }, () => {
    const drawn = movingBlocks(bytes.length, block, random).map((row) => bytes[row] as number);
    return tailOf(Math.max(...drawn), median(drawn));
  });
}

function tailOf(peak: number, middle: number): number {
  return peak + (peak - middle);
}

/** What a replica holds whatever the requests in flight, and for each of those, in every world. */
export type HeldMemory = { idle: Draws; perRequest: Draws };

/** `seconds` pass until a replica is started again, in which it leaks. */
export function heldMemory(worlds: Worlds, demand: MemoryDemand, seconds: number): HeldMemory {
  const [base, perConnection, perRequest, leak] = (
    ['base', 'perConnection', 'perRequest', 'leak'] as const
  ).map((term) => termIn(worlds, demand, term)) as [Draws, Draws, Draws, Draws];
  const idle = worlds.map(
    (world) =>
      (base[world] as number) +
      (perConnection[world] as number) * demand.connections +
      (leak[world] as number) * seconds,
  );
  return { idle, perRequest };
}

/** A term is drawn from two halves of normal distributions, whose 95 % intervals are those above and below its value. */
function termIn(worlds: Worlds, demand: MemoryDemand, term: Term): Draws {
  const value = demand[term] ?? 0;
  const interval = demand.intervals[term];
  if (interval === null) return worlds.certain(value);
  const [below, above] = [value - interval.low, interval.high - value].map(
    (half) => half / normalQuantile(0.975),
  ) as [number, number];
  return worlds.uniform(`memory ${term}`).map((q) => {
    const z = normalQuantile(q);
    return Math.max(0, value + z * (z < 0 ? below : above));
  });
}

/** Replicas with `limit` bytes each that hold `inFlight` requests together, with headroom. Infinite when none do. */
export function replicasForMemory({ idle, perRequest }: HeldMemory, inFlight: Draws, limit: number): Draws {
  return idle.map((held, world) => {
    const room = limit / REQUEST_HEADROOM - held;
    const bytes = (perRequest[world] as number) * (inFlight[world] as number);
    if (bytes === 0) return 1;
    return room <= 0 ? Number.POSITIVE_INFINITY : Math.max(1, ceilCount(bytes / room));
  });
}

/** Connections that a replica with `limit` bytes holds, with headroom; null where the readings do not tell what one takes. */
export function connectionsWithin({ base, perConnection }: MemoryDemand, limit: number): number | null {
  return perConnection === null ? null : Math.max(0, (limit / REQUEST_HEADROOM - base) / perConnection);
}

/** By the declared constants: replicas with `limit` bytes each. */
export function declaredReplicasForMemory(rate: Draws, latency: Draws, limit: number): Draws {
  const perRequest = (declared.memoryPerRequest * declared.buffer) / limit;
  return rate.map((each, world) => Math.max(1, ceilCount(each * (latency[world] as number) * perRequest)));
}

export type MemoryRequirement = {
  demand: MemoryDemand;
  held: HeldMemory;
  /** From the bootstrap of the readings. */
  tails: readonly number[];
  /** In one replica, in every world. */
  inFlight: Draws;
  /** As stated; kept as it is. */
  limit: number | undefined;
  confidence: number;
  /** A time after which a replica is started again was stated: the sizes then hold what it leaks until then. */
  restarts: boolean;
};

/**
 * Requests and limits for a replica. At the stated confidence the request covers 95 % of the readings, and the limit the
 * highest that a replica may come to; both cover what it holds at the peak.
 */
export function planMemory(
  worlds: Worlds,
  { demand, held, tails, inFlight, limit, confidence, restarts }: MemoryRequirement,
): { plan: MemoryPlan; findings: Finding[] } {
  const { base, perConnection, perRequest, leak, connections, p95, peak, middle } = demand;
  const atPeak = worlds.map(
    (world) =>
      (held.idle[world] as number) + (held.perRequest[world] as number) * (inFlight[world] as number),
  );
  const seen = tailOf(peak, middle);
  const tail = worlds.uniform('memory tail').map((q) => tails[Math.floor(q * tails.length)] ?? seen);
  const most = worlds.map((world) => Math.max(tail[world] as number, atPeak[world] as number));
  const needed = Math.max(p95, enoughAt(atPeak, confidence)) * REQUEST_HEADROOM;
  const chosen = limit ?? Math.max(Math.max(peak, enoughAt(most, confidence)) * LIMIT_HEADROOM, needed);
  const plan: MemoryPlan = {
    request: Math.min(chosen, needed),
    limit: chosen,
    base: perRequest === null && perConnection === null ? null : base,
    perConnection,
    connections,
    perRequest,
    leak,
    oomRisk: most.reduce((count, each) => (each > chosen ? count + 1 : count), 0) / worlds.count,
    basis: 'measured',
  };
  return { plan, findings: memoryFindings(plan, peak, enoughAt(atPeak, 0.5), confidence, restarts) };
}

function memoryFindings(
  { limit, leak, oomRisk }: MemoryPlan,
  observed: number,
  held: number,
  confidence: number,
  restarts: boolean,
): Finding[] {
  const findings: Finding[] = [];
  if (leak !== null && !restarts) {
    const seconds = Math.max(0, limit - held) / leak;
    findings.push({ code: 'MEMORY_LEAKS', severity: 'warning', args: { rate: leak, seconds } });
  }
  if (limit < observed) {
    const args = { limit, observed };
    findings.push({ code: 'MEMORY_LIMIT_BELOW_OBSERVED', severity: 'error', args });
  } else if (oomRisk !== null && oomRisk > 1 - confidence) {
    findings.push({ code: 'OOM_RISK', severity: 'warning', args: { limit, share: oomRisk } });
  }
  return findings;
}
