import type { Basis, Spread } from '../types.ts';
import type { Declared } from '../worlds.ts';
import type { Shortfall } from './volumes.ts';

/**
 * What is planned of the database. A figure without a `spread` of its own is what is enough at the plan's confidence.
 */

/** What may be said of the database beyond its load. Bytes, cores, months, seconds. */
export type DatabaseOptions = {
  /** The kind of its volume, or the cloud whose kinds may be chosen. */
  volume?: string | undefined;
  cloud?: string | undefined;
  /** Months after which a monthly partition is dropped. */
  retentionMonths?: number | undefined;
  /** What is read again and again: a share of the database, or bytes at the horizon. */
  workingSet?: { share: Declared } | { bytes: Declared } | undefined;
  /** Of its machine, and the cores of the largest machine that it may have. */
  memory?: number | undefined;
  cores?: number | undefined;
  /** How long requests may wait for a connection. */
  poolWait?: { quantile: number; seconds: number } | undefined;
  maxConnections?: number | undefined;
  /** Of its work, what replicas may do. */
  readShare?: Declared | undefined;
  /** Replicas there are whatever the load. */
  readReplicas?: number | undefined;
  /** Full copies of the data that are kept. */
  backups?: number | undefined;
};

export type Volume = {
  name: string;
  cloud: string;
  /** What must be provisioned, in operations and bytes per second. */
  iops: number;
  throughput: number;
  bytes: number;
  /** Of one; null without a price. */
  perMonth: number | null;
  /** The day the limits and prices were looked up, and where. */
  asOf: string;
  source: string;
};

/** A kind of volume that was considered: its price, or what of it is exceeded. */
export type VolumeCandidate = { name: string; perMonth: number | null; short: Shortfall | null };

/**
 * Operations per second at the busiest second by what they are. `writes` and `syncs` stand for the others where the
 * runs do not tell them apart.
 */
export type IoPart =
  | 'cacheMisses'
  | 'walFlushes'
  | 'checkpoints'
  | 'backgroundWriter'
  | 'backends'
  | 'writes'
  | 'syncs';

export type IopsPlan = {
  average: number;
  /** At the busiest second. */
  peak: number;
  spread: Spread;
  recommended: number;
  /** Bytes per second at the busiest second; null when only declared. */
  throughput: number | null;
  reads: { iops: number; throughput: number | null };
  writes: { iops: number; throughput: number | null };
  parts: Partial<Record<IoPart, number>>;
  /** Of the pages that are asked for, the share found in memory: in the runs, and as planned. */
  hitRatio: { measured: number | null; planned: number | null };
  /** Of each read replica: it writes what the primary writes, and takes its share of the reads. */
  replica: { reads: number; writes: number } | null;
  volume: Volume | null;
  candidates: VolumeCandidate[];
  basis: Basis;
};

export type StoragePlan = {
  current: number;
  /** After the horizon, in the middle of the worlds and over them. */
  projected: number;
  spread: Spread;
  growthPerDay: number;
  growthPerMonth: number;
  growthPerYear: number;
  /** Projected, with room for WAL and bloat. */
  recommended: number;
  /** What the recommended size is made of; tables and indexes are null where the runs do not tell them apart. */
  parts: { tables: number | null; indexes: number | null; bloat: number; wal: number };
  /** Months after which partitions are dropped; null where everything is kept. */
  retentionMonths: number | null;
  /** Copies of all of it on read replicas, and bytes of backups where they were stated. */
  replicas: number;
  backups: number | null;
  /** Null when the size of the volume is not known or it never fills. It is at least so many at the confidence. */
  daysUntilFull: number | null;
  daysUntilFullSpread: { p5: number | null; p50: number | null; p95: number | null } | null;
  /** Where the growth comes from, and where the current size does. */
  basis: Basis;
  currentBasis: Basis;
};

/** PgBouncer between the service and the database. */
export type Pooler = {
  name: 'pgbouncer';
  poolMode: 'transaction';
  /** Connections to the database, and from the service at most. */
  defaultPoolSize: number;
  maxClientConn: number;
  /** The wait for a connection to the database at the stated quantile, seconds. */
  acquireWait: number;
};

export type ConnectionPlan = {
  /** Open now, or at most in the runs; null when neither is known. */
  current: number | null;
  /** Busy at the peak when measured, declared peak with half again otherwise. */
  required: number;
  spread: Spread;
  /** The database's `max_connections`. */
  recommended: number;
  /** Pool of one replica; null when only declared. */
  poolPerReplica: number | null;
  /** Of all replicas that the autoscaler may start; null when only declared. */
  pools: number | null;
  /** Seconds that a request holds a connection; null when only declared. */
  holdTime: number | null;
  /** What is allowed of the wait for a connection, and what it is at the peak, seconds. */
  waitTarget: { quantile: number; seconds: number };
  acquireWait: number | null;
  maxConnections: number | null;
  /** Null when the database takes every pool as it stands. */
  pooler: Pooler | null;
  basis: Basis;
};

/** Bytes. */
export type DatabaseMemory = {
  /** Read again and again. */
  workingSet: number;
  sharedBuffers: number;
  /** Of the server's sessions. */
  backends: number;
  recommended: number;
  spread: Spread;
  basis: Basis;
};

/** Read replicas: how many carry what only reads, at the stated confidence. */
export type ReadReplicas = {
  count: number;
  spread: Spread;
  /** Of the database's CPU, what may go to them. */
  readShare: number | null;
  /** The classes that write no log; empty when the share was declared. */
  classes: string[];
  basis: Basis;
};

/** Cores; `available` is what the measured machine has. */
export type DatabaseSize = {
  required: number;
  spread: Spread;
  recommended: number;
  available: number;
  /** Of each machine: as recommended, or of the largest where replicas take reads away from it. */
  machine: number;
  basis: Basis;
};

/** Settings of PostgreSQL that follow from the plan. Bytes and seconds; one that is absent is not known. */
export type PostgresSettings = {
  maxConnections?: number;
  sharedBuffers?: number;
  effectiveCacheSize?: number;
  maxWalSize?: number;
  checkpointTimeout?: number;
  checkpointCompletionTarget?: number;
  maxSlotWalKeepSize?: number;
};

export type CostLine = {
  what: string;
  quantity: number;
  unit: 'core-hours' | 'GiB-hours' | 'volumes' | 'GiB-months';
  /** Of one unit. */
  price: number;
  perMonth: number;
};

export type CostPlan = {
  currency: string;
  region: string;
  asOf: string;
  /** With as many replicas of the service as are needed in that share of the worlds, and as recommended. */
  perMonth: Spread & { recommended: number };
  /** What one replica of the service more or less makes, null without one. */
  perReplica: number | null;
  lines: CostLine[];
  /** What has no price. */
  missing: string[];
  /** The recommended plan in the other regions of the price file; null where that has no price for all of it. */
  regions: { region: string; perMonth: number | null }[];
};
