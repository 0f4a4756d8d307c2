import type { Basis } from '../types.ts';

/** The service tier of a plan, in base units. */

/** What it takes to be as sure as `confidence`. */
export type ReplicaStep = { confidence: number; replicas: number };

export type ReplicaPlan = {
  /** Of the count that the peak needs, over the worlds. */
  p5: number;
  p50: number;
  p95: number;
  /** What the peak needs at the stated confidence, before anything is lost. */
  needed: number;
  /** At the stated confidence, the loss of a replica, zone or region survived; of all regions together. */
  recommended: number;
  /** What less and more confidence would take instead of `recommended`, in ascending order. */
  steps: ReplicaStep[];
  /** The resource, the latency, the load that was tested, or the minimum, that set the count. */
  by: 'cpu' | 'memory' | 'latency' | 'tested' | 'minimum';
  byCpu: number;
  byMemory: number;
  /** So that requests find a server free soon enough; null unless latency and an SLO were declared. */
  byLatency: number | null;
  /** So that none carries much more than one was tested with; null when that is not asked for. */
  byTested: number | null;
  /** Requests per second that none is planned to carry more than, for that. */
  testedRate: number | null;
  servers: ServerPlan | null;
  regions: RegionPlan | null;
  basis: Basis;
};

/** Requests that must be served at once for declared latencies, by M/M/c; of one region, with its part of a lost one's load. */
export type ServerPlan = {
  needed: number;
  /** Of them on one replica. */
  perReplica: number;
  /** P(a request waits) with that many, in the middle of the worlds. */
  waits: number;
  /** Replicas for the same if each queues by itself, as behind a balancer that chooses at random. */
  replicasAtRandom: number;
};

export type RegionPlan = {
  count: number;
  perRegion: number;
  /** Share of its CPU that a region uses at the peak: normally, and after another was lost. */
  normalUtilisation: number;
  failoverUtilisation: number;
};

export type CpuPlan = {
  /** Cores of one replica; a limit is null where it would cost more latency than it is worth. */
  request: number;
  limit: number | null;
  /** What a limit adds to the latency at the peak; null when nothing was measured, or it can never be reached. */
  throttling: ThrottlingPlan | null;
  /** Cores that all replicas together use at the peak: median and at the stated confidence. */
  atPeak: number;
  atPeakUpper: number;
  /** Share of the request that is used at the peak. */
  targetUtilisation: number;
  /** Share above which latency breaks the SLO, or five times its unloaded value when there is none. */
  saturation: number;
  basis: Basis;
};

/** The response of a replica by a quantile, seconds, under a CPU limit in cores and without, as simulated. */
export type ThrottlingPlan = {
  limit: number;
  quantile: number;
  limited: number;
  unlimited: number;
  /** Of the periods of the quota, those in which the replica is stopped. */
  stoppedShare: number;
};

export type MemoryPlan = {
  request: number;
  limit: number;
  /** Of a replica without load, and of each connection and each request in flight; null when not told apart. */
  base: number | null;
  perConnection: number | null;
  perRequest: number | null;
  /** The most connections that one replica had in the runs, which the sizes are for. */
  connections: number;
  /** Bytes lost per second whatever the load; null unless a long run shows it. */
  leak: number | null;
  /** Share of the worlds in which a replica needs more than its limit; null when nothing was measured. */
  oomRisk: number | null;
  basis: Basis;
};

/** As Kubernetes writes them; no CPU limit where the plan has none. */
export type Quantities = { cpu: string; memory: string };
export type Limits = { cpu?: string; memory: string };
