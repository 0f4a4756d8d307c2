import type { Plan } from '../planners/types.ts';

/** The tiers beside the service that objects are made for. */
export type Tiers = Pick<Plan, 'kafka' | 'workers' | 'postgres' | 'rollout' | 'connections'>;

export type TopicTier = {
  topic: string;
  partitions: { recommended: number };
  replication: number;
  /** Null for a compacted topic. */
  retention: number | null;
};

/** A declared queue has no name that anybody would know: what it is called stands for it. */
export type QueueTier = { queue: string; depthTarget: number; basis: 'measured' | 'declared' };

export type GroupTier = {
  group: string;
  /** Consumers that were seen; null for a group that stands for what was declared. */
  current: number | null;
  topics: readonly { topic: string }[];
  /** `enough` carry the strongest event. */
  consumers: { enough: number };
  /** More than one for each partition would idle. */
  maximum: number;
  /** Records of lag for each consumer. */
  lagThreshold: number;
};

export type PostgresTier = {
  maxConnections?: number;
  sharedBuffers?: number;
  effectiveCacheSize?: number;
  maxWalSize?: number;
  checkpointTimeout?: number;
  checkpointCompletionTarget?: number;
  maxSlotWalKeepSize?: number;
};

export type PoolerTier = { poolMode: 'transaction'; defaultPoolSize: number; maxClientConn: number };

/** The groups that runs saw, under the names that Kafka knows. */
export function groupsSeen(kafka: Tiers['kafka']): GroupTier[] {
  return (kafka?.groups ?? []).filter(({ current }) => current !== null);
}

/** The queues that runs saw, under the names of their metrics. */
export function queuesSeen(workers: Tiers['workers']): QueueTier[] {
  return (workers?.queues ?? []).filter(({ basis }) => basis === 'measured');
}
