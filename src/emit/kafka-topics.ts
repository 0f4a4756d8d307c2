import type { KubernetesObject } from './object.ts';
import type { ManifestSettings } from './settings.ts';
import type { TopicTier } from './tiers.ts';

/** A topic as the platform's own list has it. */
type TopicSpec = { name: string; partitions: number; replication: number; configs: Record<string, string> };

/** What Kafka takes as a name, and does not keep for itself: a topic that only stands for what was declared has none. */
const topicName = /^(?!\.{1,2}$|__)[A-Za-z0-9._-]{1,249}$/;

/** The topics in the form of the platform's list. */
export function topicList(topics: readonly TopicTier[]): TopicSpec[] {
  return topics
    .filter(({ topic }) => topicName.test(topic))
    .map((topic) => ({
      name: topic.topic,
      partitions: topic.partitions.recommended,
      replication: topic.replication,
      configs: configsOf(topic),
    }));
}

/** With one copy away writing goes on; with only one copy there is none to miss. */
function configsOf({ replication, retention }: TopicTier): Record<string, string> {
  return {
    ...(retention === null
      ? { 'cleanup.policy': 'compact' }
      : { 'cleanup.policy': 'delete', 'retention.ms': String(Math.round(retention * 1000)) }),
    'min.insync.replicas': String(Math.max(1, replication - 1)),
  };
}

/**
 * The topics as KafkaTopics of Strimzi; none unless its cluster is named, without which no operator takes them. A topic
 * may have a name that an object may not have: it keeps it, and the object has one of its own.
 */
export function kafkaTopics(
  topics: readonly TopicTier[],
  { kafkaCluster, namespace }: Pick<ManifestSettings, 'kafkaCluster' | 'namespace'>,
): KubernetesObject[] {
  if (kafkaCluster === undefined) return [];
  return topicList(topics).map(({ name, partitions, replication, configs }) => {
    const object = objectName(name);
    return {
      apiVersion: 'kafka.strimzi.io/v1beta2',
      kind: 'KafkaTopic',
      metadata: {
        name: object,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { 'strimzi.io/cluster': kafkaCluster },
      },
      spec: {
        ...(object === name ? {} : { topicName: name }),
        partitions,
        replicas: replication,
        config: configs,
      },
    };
  });
}

function objectName(topic: string): string {
  return topic
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63);
}
