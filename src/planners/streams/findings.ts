import type { SharedResource } from '../bottleneck.ts';
import type { Assumed } from './needed.ts';

type Coded<Code extends string, S extends 'error' | 'warning' | 'info', Args extends object> = {
  code: Code;
  severity: S;
  args: Args;
};

/** About Kafka. */
export type KafkaFinding =
  /** The hottest partition gets `skew` times the mean. More partitions do not part one key. */
  | Coded<'HOT_PARTITION', 'warning', { topic: string; skew: number }>
  | Coded<'PARTITIONS_TOO_FEW', 'warning', { topic: string; partitions: number; needed: number }>
  /** One copy of the hottest partition is more than a broker's disk. */
  | Coded<'PARTITION_EXCEEDS_VOLUME', 'error', { topic: string; needed: number; volume: number }>
  /** The disks of the brokers that there are do not keep what the topics retain. */
  | Coded<'RETENTION_EXCEEDS_VOLUMES', 'warning', { needed: number; brokers: number; volume: number }>
  | Coded<'TOO_MANY_PARTITIONS', 'error', { copies: number; most: number }>
  /** Its consumers always caught up at once and nothing tells what they could do: nothing is planned for them. */
  | Coded<'CONSUMER_RATE_UNKNOWN', 'warning', { group: string }>
  /** They never had a backlog for long: `rate` records per second is the least that one can do. */
  | Coded<'CONSUMERS_NEVER_BUSY', 'warning', { group: string; rate: number }>
  /** With the `consumers` there are the lag grows; records are deleted unread after `overflow` seconds. */
  | Coded<
      'CONSUMERS_FALL_BEHIND',
      'warning',
      { group: string; consumers: number; growth: number; overflow: number | null }
    >;

/** About the cache. */
export type CacheFinding =
  /** More keys than `maxmemory` holds: with `evicts` keys are thrown away, else writes fail. */
  | Coded<'CACHE_FILLS', 'warning' | 'error', { maxmemory: number; needed: number; evicts: boolean }>
  /** Keys without an expiry grew by `perSecond`, `perDay` bytes at the average load: the plan is without them. */
  | Coded<
      'CACHE_KEYS_GROW',
      'warning',
      { perSecond: number; perDay: number; fullAfter: number | null; measured: number }
    >
  /** The commands take more than the one thread of a server has: the keys must be spread over `shards`. */
  | Coded<'CACHE_THREAD_SHORT', 'warning', { cores: number; shards: number }>
  /** It evicted keys at one size of memory only: how much more would bring is not told. */
  | Coded<'HIT_RATIO_AT_ONE_SIZE', 'warning', { hitRatio: number; evicted: number; memory: number }>
  /** The formula and the measured slope of memory over keys differ. */
  | Coded<'KEY_SIZE_DIFFERS', 'warning', { formula: number; measured: number }>;

/** About workers and WebSockets. */
export type WorkerFinding =
  /** Nobody stated how many connections there will be: as many times those of the runs as there is more load. */
  | Coded<'CONNECTIONS_FROM_LOAD', 'warning', { connections: number; rate: number }>
  /** Nothing tells how many connections a replica holds. */
  | Coded<'CONNECTION_SIZE_UNKNOWN', 'warning', { connections: number }>
  /** After a loss `connections` come back to `replicas`, at `cpu` core seconds each: they must spread it over `spread`. */
  | Coded<
      'RECONNECT_STORM',
      'info' | 'warning',
      { connections: number; replicas: number; spread: number; cpu: number; share: number }
    >;

/** About tiers against each other. */
export type TierFinding =
  /** Consumers live in the service's replicas: more of them than partitions idle. */
  | Coded<'REPLICAS_EXCEED_PARTITIONS', 'warning', { replicas: number; partitions: number; group: string }>
  /** The connections need more replicas than the autoscaler may start. */
  | Coded<'CONNECTIONS_EXCEED_REPLICAS', 'warning', { connections: number; needed: number; replicas: number }>
  /** `bound` is used up at `atRate`, and replicas do not add to it: the HPA could serve `served`. */
  | Coded<
      'SCALING_DOES_NOT_HELP',
      'warning',
      { bound: SharedResource; atRate: number; served: number; replicas: number }
    >;

export type StreamFinding =
  | KafkaFinding
  | CacheFinding
  | WorkerFinding
  | TierFinding
  /** Figures of a tier that nobody stated or measured, as they were taken. */
  | Coded<'ASSUMED_FIGURES', 'info', { tier: string; figures: Assumed[] }>;
