import type { Plan } from '../planners/types.ts';

/** The tiers beside the service that objects are made for. */
export type Tiers = Pick<Plan, 'kafka' | 'workers' | 'postgres' | 'rollout' | 'connections'>;

type Kafka = NonNullable<Tiers['kafka']>;
type Topic = Kafka['topics'][number];
/** What is said of a topic where it is created. */
export type TopicTier = Pick<Topic, 'topic' | 'replication' | 'retention'> & {
  partitions: Pick<Topic['partitions'], 'recommended'>;
};
export type GroupTier = Kafka['groups'][number];
/** A declared queue has no name that anybody would know: what it is called stands for it. */
export type QueueTier = NonNullable<Tiers['workers']>['queues'][number];

/** The groups that runs saw, under the names that Kafka knows. */
export function groupsSeen(kafka: Tiers['kafka']): GroupTier[] {
  return (kafka?.groups ?? []).filter(({ current }) => current !== null);
}

/** The queues that runs saw, under the names of their metrics. */
export function queuesSeen(workers: Tiers['workers']): QueueTier[] {
  return (workers?.queues ?? []).filter(({ basis }) => basis === 'measured');
}
