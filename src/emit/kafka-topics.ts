import type { KubernetesObject } from './object.ts';
import type { ManifestSettings } from './settings.ts';

/** A topic of the plan: `retention` in seconds. */
export type PlannedTopic = {
  name: string;
  partitions: number;
  replication: number;
  retention: number | null;
};

/** A topic as the platform's list of them has it. */
type TopicSpec = { name: string; partitions: number; replication: number; configs: Record<string, string> };

/** The topics in the form of the platform's own list. */
export function topicList(topics: readonly PlannedTopic[]): TopicSpec[] {
  return topics.map((topic) => ({
    name: topic.name,
    partitions: topic.partitions,
    replication: topic.replication,
    configs: configsOf(topic),
  }));
}

/** With one copy away writing goes on; with only one copy there is none to miss. */
function configsOf({ replication, retention }: PlannedTopic): Record<string, string> {
  return {
    ...(retention === null ? {} : { 'retention.ms': String(Math.round(retention * 1000)) }),
    'min.insync.replicas': String(Math.max(1, replication - 1)),
  };
}

/** The topics as KafkaTopics of Strimzi; none unless its cluster is named, without which no operator takes them. */
export function kafkaTopics(
  topics: readonly PlannedTopic[],
  { kafkaCluster, namespace }: Pick<ManifestSettings, 'kafkaCluster' | 'namespace'>,
): KubernetesObject[] {
  if (kafkaCluster === undefined) return [];
  return topicList(topics).map(({ name, partitions, replication, configs }) => ({
    apiVersion: 'kafka.strimzi.io/v1beta2',
    kind: 'KafkaTopic',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'strimzi.io/cluster': kafkaCluster },
    },
    spec: { partitions, replicas: replication, config: configs },
  }));
}
