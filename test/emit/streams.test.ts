import { describe, expect, it } from 'vitest';
import { topics as platformTopics } from '../../server/events/topics.ts';
import { streamsGroup } from '../../src/emit/alerts/streams.ts';
import { inconsistencies } from '../../src/emit/inconsistencies.ts';
import { kafkaTopics, topicList } from '../../src/emit/kafka-topics.ts';
import { scaledObjects } from '../../src/emit/keda.ts';
import { configuration, poolerSettings, postgresSettings } from '../../src/emit/postgres.ts';
import { declared, everything, plain, tiers } from './plans.ts';

const topics = tiers.kafka?.topics ?? [];
const beside = { ...tiers, connections: null, rollout: null };
const nothing = { kafka: null, workers: null, postgres: null, rollout: null, connections: null };

describe('topics', () => {
  it("have the form of the platform's own list", () => {
    const own = platformTopics.map(({ name, partitions, replication, configs }) => ({
      topic: name,
      partitions: { recommended: partitions },
      replication,
      retention: configs['cleanup.policy'] === 'compact' ? null : Number(configs['retention.ms']) / 1000,
    }));
    for (const [index, { configs, ...spec }] of topicList(own).entries()) {
      const { configs: wanted, ...rest } = platformTopics[index] ?? { configs: {} };
      expect(spec).toEqual(rest);
      const { 'min.insync.replicas': insync, ...mine } = configs;
      expect(wanted).toMatchObject(mine);
      expect(insync).toBe('2');
    }
  });

  it('are not those that Kafka keeps for itself, nor what is no name', () => {
    const named = (topic: string) => ({ ...topics[0], topic }) as (typeof topics)[number];
    expect(topicList(['__consumer_offsets', '..', 'all topics', '', 'a'.repeat(250)].map(named))).toEqual([]);
    expect(topicList([named('fx.trades_1')]).map(({ name }) => name)).toEqual(['fx.trades_1']);
  });

  it('keep a name that an object may not have, and are not there when only a figure was declared', () => {
    const objects = kafkaTopics(topics, everything);
    expect(
      objects.map(({ metadata, spec }) => [metadata.name, spec.topicName, spec.partitions, spec.replicas]),
    ).toEqual([
      ['trades', undefined, 12, 3],
      ['dead-letters', 'Dead_Letters', 1, 1],
      ['analytics', undefined, 8, 3],
    ]);
    expect(objects[0]?.metadata.labels).toEqual({ 'strimzi.io/cluster': 'events' });
    expect(objects.map(({ spec }) => spec.config)).toEqual([
      { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'min.insync.replicas': '2' },
      { 'cleanup.policy': 'delete', 'retention.ms': '2592000000', 'min.insync.replicas': '1' },
      { 'cleanup.policy': 'compact', 'min.insync.replicas': '2' },
    ]);
    expect(inconsistencies(objects)).toEqual([]);
    expect(kafkaTopics(topics, plain)).toEqual([]);
  });
});

describe('ScaledObjects', () => {
  it('scale consumers by lag, never beyond the partitions, and workers by the jobs that wait', () => {
    const [consumer, worker] = scaledObjects(beside, everything);
    expect(consumer?.spec).toEqual({
      scaleTargetRef: { name: 'trading-consumer' },
      minReplicaCount: 2,
      maxReplicaCount: 12,
      fallback: { failureThreshold: 3, replicas: 5 },
      triggers: [
        {
          type: 'kafka',
          metadata: {
            bootstrapServers: 'events-kafka-bootstrap:9092',
            consumerGroup: 'analytics-consumers',
            topic: 'trades',
            lagThreshold: '1500',
            offsetResetPolicy: 'earliest',
          },
        },
      ],
    });
    expect(worker?.spec).toMatchObject({
      scaleTargetRef: { name: 'trading-worker' },
      minReplicaCount: 2,
      maxReplicaCount: 6,
      triggers: [
        {
          type: 'prometheus',
          metadata: {
            serverAddress: 'http://prometheus.monitoring:9090',
            query:
              'max(sum by (instance) (jobs_queue_depth{queue="settlement",state=~"waiting|prioritized|delayed"}))',
            threshold: '40',
          },
        },
      ],
    });
    expect(worker?.spec.triggers).toHaveLength(1);
  });

  it('are not there for what is not named, not planned, or could be one of several groups', () => {
    expect(scaledObjects(beside, plain)).toEqual([]);
    expect(scaledObjects(nothing, everything)).toEqual([]);
    const [group] = tiers.kafka?.groups ?? [];
    const two = tiers.kafka && {
      ...tiers.kafka,
      topics,
      groups: group === undefined ? [] : [group, { ...group, group: 'other' }],
    };
    expect(scaledObjects({ ...nothing, kafka: two }, everything)).toEqual([]);
  });

  it('are not there for groups and queues that only stand for what was declared', () => {
    const kafka = tiers.kafka && {
      ...tiers.kafka,
      topics,
      groups: tiers.kafka.groups.map((each) => ({ ...each, current: null })),
    };
    const workers = tiers.workers && { ...tiers.workers, queues: tiers.workers.queues.slice(1) };
    expect(scaledObjects({ ...nothing, kafka, workers }, everything)).toEqual([]);
    expect(streamsGroup({ ...nothing, kafka, workers }, { service: 's', container: 's' })).toBeUndefined();
  });

  it('do not ask for two consumers of one partition', () => {
    const [group] = tiers.kafka?.groups ?? [];
    const one = tiers.kafka && {
      ...tiers.kafka,
      topics,
      groups: group === undefined ? [] : [{ ...group, maximum: 1 }],
    };
    const [consumer] = scaledObjects({ ...nothing, kafka: one }, everything);
    expect(consumer?.spec).toMatchObject({
      minReplicaCount: 1,
      maxReplicaCount: 1,
      fallback: { replicas: 1 },
    });
  });
});

describe('alerts on what falls behind', () => {
  it('stand at ten times what the planned consumers and workers may have waiting', () => {
    const rules = streamsGroup(beside, { service: 's', container: 's' })?.rules ?? [];
    expect(rules.map(({ expr }) => Number(expr.split(' > ')[1]))).toEqual([75_020, 2400]);
    expect(streamsGroup(declared, { service: 's', container: 's' })).toBeUndefined();
  });
});

describe('settings of the database', () => {
  it('are those that the plan knows, each with its reason', () => {
    const written = configuration(postgresSettings(beside));
    expect(written.split('\n').filter((line) => line.includes(' = '))).toEqual([
      'max_connections = 120',
      'shared_buffers = 2048MB',
      'effective_cache_size = 6144MB',
      'max_wal_size = 5632MB',
      'checkpoint_timeout = 300s',
      'checkpoint_completion_target = 0.9',
      'max_slot_wal_keep_size = 512MB',
    ]);
    expect(written.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(7);
    expect(postgresSettings(nothing)).toEqual([]);
  });

  it('have a pooler where the plan has one', () => {
    const pooler = { poolMode: 'transaction', defaultPoolSize: 42, maxClientConn: 900 } as const;
    const connections = { ...declared.connections, pooler } as never;
    const written = configuration(poolerSettings({ ...nothing, connections }), 'pgbouncer');
    expect(written.split('\n').filter((line) => !line.startsWith('#') && line !== '')).toEqual([
      '[pgbouncer]',
      'pool_mode = transaction',
      'default_pool_size = 42',
      'max_client_conn = 900',
      'max_prepared_statements = 100',
    ]);
    expect(poolerSettings(declared)).toEqual([]);
  });
});
