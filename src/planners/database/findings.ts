import type { Coded } from '../findings.ts';
import type { VolumeCandidate } from './plan.ts';
import type { Shortfall } from './volumes.ts';

/** About the database: figures in base units, prices by the month. */
export type DatabaseFinding =
  /** The database needs more cores at the peak than the measured machine, or the one that was stated, has. */
  | Coded<'DATABASE_CPU_SHORT', 'warning', { required: number; cores: number }>
  /** One machine of `cores` does not carry `required`: what only reads goes to `count` replicas. */
  | Coded<
      'READ_REPLICAS_NEEDED',
      'warning',
      { required: number; cores: number; count: number; readShare: number; classes: string[] }
    >
  /** One machine does not carry it, and what only reads is too little for replicas to help. */
  | Coded<'READ_REPLICAS_NO_REMEDY', 'error', { required: number; cores: number; readShare: number }>
  /** The share of the database that is read again and again is not known: the usual one is taken. */
  | Coded<'ASSUMED_WORKING_SET', 'warning', { share: number; bytes: number }>
  /** Of the pages asked for, up to the share `missed` is not in the memory that was stated, and is read from disk. */
  | Coded<
      'WORKING_SET_EXCEEDS_MEMORY',
      'warning',
      { memory: number; cache: number; workingSet: number; missed: number }
    >
  /** IOPS averaged over a day and doubled do not cover the busiest second. */
  | Coded<'IOPS_BELOW_PEAK', 'warning', { recommended: number; peak: number }>
  /** The log is flushed one write after the other, so that commits share flushes. */
  | Coded<'GROUP_COMMIT', 'info', { commits: number; flushes: number; writeSeconds: number }>
  /** Why this kind of volume, and not the others. */
  | Coded<'VOLUME_CHOSEN', 'info', { volume: string; perMonth: number | null; others: VolumeCandidate[] }>
  /** Every kind falls short; that which is nearest, by its limit. `instead` would carry it, but is not allowed. */
  | Coded<
      'NO_VOLUME_FITS',
      'error',
      { volume: string } & Shortfall & { help: 'retention' | 'memory' | 'spread'; instead: string | null }
    >
  | Coded<'STORAGE_FILLS', 'warning', { days: number; capacity: number }>
  /** Partitions are dropped after `retention` months: the data stays at its level once the horizon is beyond that. */
  | Coded<'RETENTION', 'info', { retention: number; plateau: boolean; bytes: number }>
  /**
   * Every replica at the HPA's maximum, each with a whole pool, asks the database for more than it accepts, or than is
   * good for it where `max` is not known. With PgBouncer `servers` connections are enough, without it `direct`.
   */
  | Coded<
      'POOL_EXCEEDS_MAX_CONNECTIONS',
      'error' | 'warning',
      {
        replicas: number;
        pool: number;
        total: number;
        max: number | null;
        reserved: number;
        servers: number;
        direct: number;
      }
    >
  /** All connections beside HikariCP's `rule`; a request that takes two at once needs `deadlock` in a pool of `pool`. */
  | Coded<
      'POOL_RULE_OF_THUMB',
      'info',
      { sessions: number; cores: number; rule: number; pool: number; deadlock: number }
    >
  /** A setting that the runs were made with is too small for the plan. */
  | Coded<
      'POSTGRES_SETTING',
      'info',
      {
        setting: 'max_connections' | 'shared_buffers' | 'max_wal_size' | 'checkpoint_timeout';
        from: number;
        to: number;
      }
    >
  | Coded<'COST_INCOMPLETE', 'warning', { missing: string[] }>;
